namespace TurkishLlm.Training.Checkpoints;

/// <summary>What safety remembers from step to step. Part of a checkpoint, because what comes next depends on it.</summary>
/// <param name="SkippedBatches">Batches left out so far: step n learns from batch n + this many.</param>
/// <param name="RefusedBatches">How many of them were refused; a rollback leaves out good ones as well.</param>
/// <param name="MicroBatchSize">Most sequences that have fitted into memory at once; null where none failed to.</param>
/// <param name="RecentLosses">Losses of the last accepted steps, oldest first.</param>
/// <param name="RecentNorms">Gradient norms of the last accepted steps, oldest first.</param>
public sealed record SafetyState(
    long SkippedBatches, int RefusedBatches, int? MicroBatchSize, IReadOnlyList<double> RecentLosses, IReadOnlyList<double> RecentNorms)
{
    /// <summary>At the beginning of a run.</summary>
    public static SafetyState Initial { get; } = new(0, 0, null, [], []);
}
