using System.Globalization;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>Whether the disk has room for the checkpoints of a run: told before it is too late, and before a byte is written.</summary>
/// <param name="run">Where the checkpoints are.</param>
/// <param name="size">Bytes of a checkpoint.</param>
/// <param name="plan">How many are kept.</param>
/// <param name="freeBytes">Bytes free on the volume of a folder.</param>
public sealed class CheckpointDiskSpace(RunFolder run, long size, CheckpointPlan plan, Func<string, long> freeBytes)
{
    // Headers, hashes, the state: a hundred bytes for each of three tensors a weight, and the windows of the guard.
    private const long OverheadBytes = 1 << 16;

    private bool _warned;

    /// <summary>Bytes of a checkpoint: everything that learns with its two moments in float32, and little else.</summary>
    /// <param name="learned">How many numbers learn; see <see cref="TrainingPlan.TrainableParameterCount"/>.</param>
    public static long EstimateSize(long learned) => 3 * sizeof(float) * learned + OverheadBytes;

    /// <summary>Refuses to begin a checkpoint that would not fit.</summary>
    /// <param name="checkpoint">Where it is to be.</param>
    /// <exception cref="IOException">There is no room; says how much there is, how much it takes and what to free.</exception>
    public void RequireSpace(string checkpoint)
    {
        var free = freeBytes(run.FullPath);
        if (free >= size) return;
        var others = run.CheckpointSteps();
        throw new IOException(Invariant(
            $"Could not write {checkpoint}: a checkpoint takes {ShortNumber.FormatBytes(size)}, but only {ShortNumber.FormatBytes(free)} are free on the volume of {run.FullPath}. Free {ShortNumber.FormatBytes(size - free)} there")
            + (others.Count > 1 ? Invariant($"; {run.CheckpointsFolder} has {others.Count} checkpoints, of which the newest is enough.") : "."));
    }

    /// <summary>Looks ahead once a run: will there be room for all that the plan keeps?</summary>
    /// <param name="step">The last step taken.</param>
    /// <returns>What to warn of; null where there is room, or a warning was given before.</returns>
    public RunEvent? PredictShortage(long step)
    {
        var most = plan.KeepLast + 1 + (plan.KeepBest ? 1 : 0);      // one is written before another is deleted
        var missing = (most - run.CheckpointSteps().Count) * size - freeBytes(run.FullPath);
        if (_warned || missing <= 0) return null;
        _warned = true;
        return new(step, EventKind.DiskSpace, EventAction.Logged, Invariant(
            $"The disk will be full before the end: a checkpoint takes {ShortNumber.FormatBytes(size)}, and up to {most} are there at once; {ShortNumber.FormatBytes(missing)} are missing on the volume of {run.FullPath}. Free them, or keep fewer with checkpoints.keep_last."),
            new Dictionary<string, double> { ["checkpoint_bytes"] = size, ["missing_bytes"] = missing });
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
