using TurkishLlm.Plans;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Compares several runs.</summary>
public sealed class RunComparison
{
    // Names and folders do not affect the result of a run.
    private static readonly string[] Names = ["name", "run"];

    /// <param name="runs">At least two runs; the others are compared with the first.</param>
    /// <param name="target">Training loss to reach; null for the highest of the final losses, which all runs reached.</param>
    public RunComparison(IReadOnlyList<RunRecord> runs, double? target = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Runs = runs;
        Labels = CreateLabels(runs);
        var last = runs.Select(run => run.Progress.SmoothedLoss).Where(double.IsFinite).ToArray();
        Target = target ?? (last.Length > 0 ? last.Max() : double.NaN);
    }

    /// <summary>The runs.</summary>
    public IReadOnlyList<RunRecord> Runs { get; }

    /// <summary>A unique label for each run.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The smoothed training loss to reach; see <see cref="RunRecord.FindFirstAtOrBelow"/>.</summary>
    public double Target { get; }

    /// <summary>Plan keys with different values, and the value of each run; null if a plan does not have the key.</summary>
    public IReadOnlyList<(string Key, IReadOnlyList<string?> Values)> PlanDifferences
    {
        get
        {
            var entries = Runs.Select(run =>
                    PlanWriter.GetEntries(run.Plan).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal)
                )
                .ToArray();
            return
            [
                .. entries.SelectMany(plan => plan.Keys).Distinct(StringComparer.Ordinal).Except(Names)
                    .Select(key =>
                        (Key: key, Values: (IReadOnlyList<string?>)[.. entries.Select(plan => plan.GetValueOrDefault(key))]))
                    .Where(difference => difference.Values.Distinct(StringComparer.Ordinal).Count() > 1),
            ];
        }
    }

    /// <summary>Reasons why the losses cannot be compared; empty if they can.</summary>
    public IEnumerable<string> Caveats
    {
        get
        {
            var gates = Runs.Select(run => GateSummary.Read(run.Folder.GateFile)?.Facts).ToArray();
            bool Differ(string fact) =>
                gates.Select(gate => gate?.GetValueOrDefault(fact)).OfType<string>().Distinct(StringComparer.Ordinal).Count() > 1;
            if (Differ("tokenizer"))
                yield return "The tokenizers differ: a token is not the same amount of text, so compare bits per byte, not "
                    + "losses.";
            if (Differ("data")) yield return "The data sets differ: validation losses are measured on different text.";
            if (Runs.Select(run => (run.Plan.Evaluation.Windows, run.Plan.Training.SequenceLength)).Distinct().Count() > 1)
                yield return "evaluation.windows or training.sequence_length differ: validation losses are measured on "
                    + "different amounts of text or context.";
        }
    }

    // The name of the plan; for equal names, the name of the folder.
    private static string[] CreateLabels(IReadOnlyList<RunRecord> runs)
    {
        string[] names = [.. runs.Select(run => run.Plan.Name)];
        if (names.Distinct(StringComparer.Ordinal).Count() == names.Length) return names;
        string[] folders = [.. runs.Select(run => Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Folder.FullPath)))];
        return folders.Distinct(StringComparer.Ordinal).Count() == folders.Length
            ? folders
            : [.. runs.Select(run => Path.TrimEndingDirectorySeparator(run.Folder.FullPath))];
    }
}
