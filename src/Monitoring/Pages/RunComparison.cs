using TurkishLlm.Plans;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Several runs side by side.</summary>
public sealed class RunComparison
{
    // Where a run writes says nothing about what it computes.
    private static readonly string[] Names = ["name", "run"];

    /// <param name="runs">At least two, the first is what the others are compared with.</param>
    /// <param name="target">A training loss that the time to is told of; null for the highest of the runs' last ones, which all reached.</param>
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

    /// <summary>A name for each run, no two alike.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The smoothed training loss that <see cref="RunRecord.FindFirstAtOrBelow"/> is asked for.</summary>
    public double Target { get; }

    /// <summary>Keys that the plans give different values, with the value of each run; null where a plan has none.</summary>
    public IReadOnlyList<(string Key, IReadOnlyList<string?> Values)> PlanDifferences
    {
        get
        {
            var entries = Runs.Select(run => PlanWriter.GetEntries(run.Plan).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal)).ToArray();
            return
            [
                .. entries.SelectMany(plan => plan.Keys).Distinct(StringComparer.Ordinal).Except(Names)
                    .Select(key => (Key: key, Values: (IReadOnlyList<string?>)[.. entries.Select(plan => plan.GetValueOrDefault(key))]))
                    .Where(difference => difference.Values.Distinct(StringComparer.Ordinal).Count() > 1),
            ];
        }
    }

    /// <summary>What keeps the losses from being compared; none where they can be.</summary>
    public IEnumerable<string> Caveats
    {
        get
        {
            var gates = Runs.Select(run => GateSummary.Read(run.Folder.GateFile)?.Facts).ToArray();
            bool Differ(string fact) => gates.Select(gate => gate?.GetValueOrDefault(fact)).OfType<string>().Distinct(StringComparer.Ordinal).Count() > 1;
            if (Differ("tokenizer")) yield return "The tokenizers differ: a token is not the same amount of text, so compare bits per byte, not losses.";
            if (Differ("data")) yield return "The data differ: validation losses are of different text.";
            if (Runs.Select(run => (run.Plan.Evaluation.Windows, run.Plan.Training.SequenceLength)).Distinct().Count() > 1)
                yield return "evaluation.windows or training.sequence_length differ: validation losses are of different amounts of text or context.";
        }
    }

    // The plan's name; where two have the same, the folder's.
    private static string[] CreateLabels(IReadOnlyList<RunRecord> runs)
    {
        string[] names = [.. runs.Select(run => run.Plan.Name)];
        if (names.Distinct(StringComparer.Ordinal).Count() == names.Length) return names;
        string[] folders = [.. runs.Select(run => Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Folder.FullPath)))];
        return folders.Distinct(StringComparer.Ordinal).Count() == folders.Length ? folders : [.. runs.Select(run => Path.TrimEndingDirectorySeparator(run.Folder.FullPath))];
    }
}
