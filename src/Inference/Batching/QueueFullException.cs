namespace TurkishLlm.Inference.Batching;

/// <summary>A request was refused because too many are waiting.</summary>
/// <param name="waiting">Number of waiting requests.</param>
/// <param name="retryAfter">Estimated time until there is room.</param>
public sealed class QueueFullException(int waiting, TimeSpan retryAfter) : Exception(FormattableString.Invariant(
    $"The queue is full: {waiting} requests are waiting. Try again in {Math.Ceiling(retryAfter.TotalSeconds)} seconds."))
{
    /// <summary>Estimated time until there is room.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>A request was refused because the scheduler is stopping.</summary>
public sealed class SchedulerStoppedException() : Exception("The server is stopping and takes no further request.");
