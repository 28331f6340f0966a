using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Runs;

/// <summary>The checkpoint of a run that a command uses, with the reason.</summary>
/// <param name="Folder">Folder of the checkpoint.</param>
/// <param name="Step">Its step.</param>
/// <param name="Description">
/// Step, validation loss and reason, for people; null if there was nothing to choose: the run has one checkpoint, or the caller
/// named the step.
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

        var losses = ReadValidationLosses(run);
        var last = steps[^1];
        var best = steps.Where(losses.ContainsKey).Select(step => (long?)step).MinBy(step => losses[step!.Value]) ?? last;
        var selected = choice == CheckpointChoice.Best ? best : last;
        return new(
            run.CheckpointFolder(selected), selected, steps.Count == 1 ? null : Describe(selected, best, last, losses));
    }

    private static string Describe(long selected, long best, long last, Dictionary<long, double> losses)
    {
        if (losses.Count == 0)
            return Invariant($"step {last:N0}, the last checkpoint; no validation loss was measured");
        if (!losses.ContainsKey(best))
            return Invariant($"step {last:N0}, the last checkpoint; no checkpoint has a validation loss");
        var measured = losses.TryGetValue(last, out var final) ? Invariant($"validation loss {final:F4}") : "no validation loss";
        if (selected == last && best == last)
            return Invariant($"step {last:N0}, the last checkpoint and the one with the lowest validation loss ({final:F4})")
                + DescribeLost();
        return selected == best
            ? Invariant($"step {best:N0}, the checkpoint with the lowest validation loss ({losses[best]:F4}){DescribeLost()}. ")
                + Invariant($"The last one: --checkpoint last (step {last:N0}, {measured})")
            : Invariant($"step {last:N0}, the last checkpoint ({measured}). The one with the lowest validation loss: ")
                + Invariant($"--checkpoint best (step {best:N0}, {losses[best]:F4})");

        // The best step has no checkpoint if checkpoints.keep_best is false.
        string DescribeLost() => losses.MinBy(known => known.Value) is var lowest && lowest.Value < losses[best]
            ? Invariant($"; step {lowest.Key:N0} had {lowest.Value:F4}, but has no checkpoint") : "";
    }

    // A run without readable metrics is usable: its last checkpoint is selected.
    private static Dictionary<long, double> ReadValidationLosses(RunFolder run)
    {
        var losses = new Dictionary<long, double>();
        try
        {
            foreach (var line in MetricsLog.Read(run.MetricsFile))
                if (line.ValidationLoss is { } loss && double.IsFinite(loss)) losses[line.Step] = loss;
                else losses.Remove(line.Step);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            losses.Clear();
        }
        return losses;
    }
}
