using TurkishLlm.Files;
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
    /// The path is a folder of no or several plans, or the plan is not valid; the message suggests a fix.
    /// </exception>
    public static TrainingPlan Load(string file, IEnumerable<string> overrides)
    {
        return TrainingPlan.Load(
            Directory.Exists(file) ? FindInFolder(file) : file, overrides, Directory.GetCurrentDirectory());
    }

    // A folder with one plan, such as a run, means that plan.
    private static string FindInFolder(string folder)
    {
        var plans = Directory
            .EnumerateFiles(folder)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".yml")
            .Order(StringComparer.Ordinal)
            .ToArray();
        return plans is [var only]
            ? only
            : throw new ConfigurationException(
                $"{folder} is a folder, not a plan. "
                    + (plans.Length == 0
                        ? $"{FolderPath.DescribeContent(folder)} Give a YAML file, such as configs/toy.yaml."
                        : $"Give one of the plans in this folder: {string.Join(", ", plans)}."));
    }
}
