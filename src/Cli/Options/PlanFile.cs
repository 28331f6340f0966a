using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli.Options;

/// <summary>Plans as commands take them: relative paths are relative to the working directory.</summary>
internal static class PlanFile
{
    /// <exception cref="ConfigurationException">The file is a folder, or cannot be used as a plan; says how to go on.</exception>
    public static TrainingPlan Load(string file, IEnumerable<string> overrides)
    {
        if (Directory.Exists(file)) throw new ConfigurationException($"{file} is a folder, not a plan.{SuggestPlans(file)}");
        return TrainingPlan.Load(file, overrides, Directory.GetCurrentDirectory());
    }

    private static string SuggestPlans(string folder)
    {
        var plans = Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal).ToArray();
        return plans.Length switch
        {
            0 => " Give a YAML file, such as configs/toy.yaml.",
            1 => $" Give the plan in it: {plans[0]}.",
            _ => $" Give a plan in it: {string.Join(", ", plans)}.",
        };
    }
}
