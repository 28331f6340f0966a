using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Runs;

/// <summary>The checkpoint of a run that a command uses, with the reason.</summary>
/// <param name="Folder">Folder of the checkpoint.</param>
/// <param name="Step">Its step.</param>
/// <param name="Description">
/// Step, value of <c>checkpoints.best_by</c> and reason, for people; null if there was nothing to choose: the run has one
/// checkpoint, or the caller named the step.
/// </param>
public sealed record SelectedCheckpoint(string Folder, long Step, string? Description)
{
    /// <summary>Selects a checkpoint of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="choice">Which checkpoint.</param>
    /// <returns>Null if the run has no checkpoint.</returns>
    /// <exception cref="InvalidDataException">The run has no checkpoint of the step; the message lists those it has.</exception>
    public static SelectedCheckpoint? Select(RunFolder run, CheckpointChoice choice)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(choice);
        var steps = run.CheckpointSteps();
        if (steps.Count == 0) return null;
        if (choice.Step is { } named)
            return steps.Contains(named)
                ? new(run.CheckpointFolder(named), named, Description: null)
                : throw new InvalidDataException(
                    Invariant($"The run {run.FullPath} has no checkpoint of step {named}. It has those of ")
                        + Invariant($"{(steps.Count == 1 ? "step" : "steps")} {string.Join(", ", steps)}."));

        var (metric, values) = ReadValues(run);
        var last = steps[^1];
        var best = metric.FindBest(values, steps) ?? last;
        var selected = choice == CheckpointChoice.Best ? best : last;
        return new(
            run.CheckpointFolder(selected), selected, steps.Count == 1 ? null : Describe(selected, best, last, metric, values));
    }

    private static string Describe(
        long selected, long best, long last, CheckpointMetric metric, Dictionary<long, double> values)
    {
        if (values.Count == 0)
            return Invariant($"step {last:N0}, the last checkpoint; no {metric.Title} was measured");
        if (!values.ContainsKey(best))
            return Invariant($"step {last:N0}, the last checkpoint; no checkpoint has a {metric.Title}");
        var measured = values.TryGetValue(last, out var final) ? $"{metric.Title} {metric.Format(final)}" : $"no {metric.Title}";
        var superlative = $"the {metric.Superlative} {metric.Title}";
        if (selected == last && best == last)
            return Invariant($"step {last:N0}, the last checkpoint and the one with {superlative} ({metric.Format(final)})")
                + DescribeLost();
        return selected == best
            ? Invariant($"step {best:N0}, the checkpoint with {superlative} ({metric.Format(values[best])}){DescribeLost()}. ")
                + Invariant($"The last one: --checkpoint last (step {last:N0}, {measured})")
            : Invariant($"step {last:N0}, the last checkpoint ({measured}). The one with {superlative}: ")
                + Invariant($"--checkpoint best (step {best:N0}, {metric.Format(values[best])})");

        // The best step has no checkpoint if checkpoints.keep_best is false.
        string DescribeLost() => metric.FindBest(values, values.Keys) is { } known
            && metric.IsBetter(values[known], values[best])
            ? Invariant($"; step {known:N0} had {metric.Format(values[known])}, but has no checkpoint") : "";
    }

    // A run without readable metrics is usable: its last checkpoint is selected.
    private static (CheckpointMetric Metric, Dictionary<long, double> Values) ReadValues(RunFolder run)
    {
        var (metric, values) = (ReadMetric(run), new Dictionary<long, double>());
        try
        {
            foreach (var line in MetricsLog.Read(run.MetricsFile))
                if (metric.GetValue(line) is { } value && double.IsFinite(value)) values[line.Step] = value;
                else values.Remove(line.Step);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            values.Clear();
        }
        return (metric, values);
    }

    // Without a readable plan, the validation loss decides.
    private static CheckpointMetric ReadMetric(RunFolder run)
    {
        try
        {
            return CheckpointMetric.FromPlan(TrainingPlan.Load(run.PlanFile, []));
        }
        catch (Exception error) when (error is InvalidDataException or IOException or ConfigurationException)
        {
            return CheckpointMetric.Loss;
        }
    }
}
