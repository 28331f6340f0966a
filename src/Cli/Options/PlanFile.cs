using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli.Options;

/// <summary>Loads the plans that commands are given. Relative paths are relative to the working directory.</summary>
internal static class PlanFile
{
    /// <summary>Help text of the option <c>--set</c>.</summary>
    public const string SetDescription = "Override a plan value: --set training.steps=100. Can be repeated.";

    /// <summary>Loads a plan.</summary>
    /// <exception cref="ConfigurationException">
    /// The path is a folder, or the file is not a valid plan; the message suggests a fix.
    /// </exception>
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
            1 => $" Give the plan in this folder: {plans[0]}.",
            _ => $" Give one of the plans in this folder: {string.Join(", ", plans)}.",
        };
    }
}
