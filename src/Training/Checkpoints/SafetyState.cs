namespace TurkishLlm.Training.Checkpoints;

/// <summary>State of the safety checks. Part of a checkpoint, because the following steps depend on it.</summary>
/// <param name="SkippedBatches">Batches skipped so far: step n trains on data step n + this number.</param>
/// <param name="RefusedBatches">How many of them were refused by the guard; a rollback also skips good ones.</param>
/// <param name="MicroBatchSize">Largest micro-batch that fitted into memory; null if none failed to fit.</param>
/// <param name="RecentLosses">Losses of the last accepted steps, oldest first.</param>
/// <param name="RecentNorms">Gradient norms of the last accepted steps, oldest first.</param>
public sealed record SafetyState(
    long SkippedBatches,
    int RefusedBatches, int? MicroBatchSize, IReadOnlyList<double> RecentLosses, IReadOnlyList<double> RecentNorms)
{
    /// <summary>The state at the start of a run.</summary>
    public static SafetyState Initial { get; } = new(0, 0, null, [], []);
}
