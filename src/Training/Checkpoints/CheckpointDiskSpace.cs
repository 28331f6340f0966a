using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>
/// Checks that the disk has room for the checkpoints of a run: warns ahead of time, and refuses before writing.
/// </summary>
/// <param name="run">The run folder.</param>
/// <param name="size">Size of a checkpoint, in bytes.</param>
/// <param name="plan">How many checkpoints are kept.</param>
/// <param name="freeBytes">Returns the free bytes of the volume that holds a folder.</param>
public sealed class CheckpointDiskSpace(RunFolder run, long size, CheckpointPlan plan, Func<string, long> freeBytes)
{
    // Headers, hashes and state: a hundred bytes for each of three tensors per weight, and the windows of the guard.
    private const long OverheadBytes = 1 << 16;

    private bool _warned;

    /// <summary>
    /// Estimates the size of a checkpoint: its tensors (see <see cref="TrainingPlan.CheckpointElementCount"/>) in float32, plus a
    /// small overhead.
    /// </summary>
    /// <param name="plan">The plan of the run.</param>
    public static long EstimateSize(TrainingPlan plan) =>
        sizeof(float) * plan.CheckpointElementCount + OverheadBytes;

    /// <summary>Throws if a checkpoint does not fit on the disk.</summary>
    /// <param name="checkpoint">The output folder of the checkpoint.</param>
    /// <exception cref="IOException">
    /// There is not enough room; the message says how much is free, how much is needed and what to delete.
    /// </exception>
    public void RequireSpace(string checkpoint)
    {
        var free = freeBytes(run.FullPath);
        if (free >= size) return;
        var others = run.CheckpointSteps();
        throw new IOException(Invariant(
            $"Could not write {checkpoint}: a checkpoint takes {ShortNumber.FormatBytes(size)}, but ")
                + Invariant($"only {ShortNumber.FormatBytes(free)} ")
                + Invariant($"are free on the volume of {run.FullPath}. Free {ShortNumber.FormatBytes(size - free)} there")
            + (
                others.Count > 1
                    ? Invariant($"; {run.CheckpointsFolder} has {others.Count} checkpoints, of which only the newest is ")
                + "needed." : "."));
    }

    /// <summary>Predicts whether the disk has room for all checkpoints that the plan keeps. Warns once per run.</summary>
    /// <param name="step">The last step taken.</param>
    /// <returns>The warning; null if there is room, or the warning was already given.</returns>
    public RunEvent? PredictShortage(long step)
    {
        var most = plan.KeepLast + 1 + (plan.KeepBest ? 1 : 0);      // a checkpoint is written before an old one is deleted
        var missing = (most - run.CheckpointSteps().Count) * size - freeBytes(run.FullPath);
        if (_warned || missing <= 0) return null;
        _warned = true;
        return new(step, EventKind.DiskSpace, EventAction.Logged, Invariant(
            $"The disk will be full before the run ends: a checkpoint takes {ShortNumber.FormatBytes(size)}, ")
                + Invariant($"the run keeps up to {most} at once, and {ShortNumber.FormatBytes(missing)} are missing ")
                    + Invariant($"on the volume of {run.FullPath}. ")
                + "Free that much, or lower checkpoints.keep_last.",
            new Dictionary<string, double> { ["checkpoint_bytes"] = size, ["missing_bytes"] = missing });
    }
}
