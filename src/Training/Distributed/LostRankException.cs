namespace TurkishLlm.Training.Distributed;

/// <summary>
/// Thrown when a process of the group ends or does not respond. The current collective operation was aborted; the weights are
/// those of the last complete step.
/// </summary>
public sealed class LostRankException : Exception
{
    /// <param name="ranks">Ranks that send no heartbeats; empty if all do.</param>
    /// <param name="context">The process that noticed it.</param>
    /// <param name="cause">The operation that failed.</param>
    public LostRankException(IReadOnlyList<int> ranks, DistributedContext context, string cause)
        : base(Describe(ranks, context, cause)) => Ranks = ranks;

    /// <summary>Ranks that send no heartbeats.</summary>
    public IReadOnlyList<int> Ranks { get; }

    private static string Describe(IReadOnlyList<int> ranks, DistributedContext context, string cause) => ranks switch
    {
        [] => $"Rank {context.Rank} timed out waiting for the other processes, though all {context.WorldSize} send heartbeats "
            + $"({cause}). If one of them was busy for longer than the timeout, raise --distributed-timeout.",
        [var rank] => $"Rank {rank} of {context.WorldSize} processes is lost: it ended, or has sent no heartbeat "
            + $"for {TimeoutSeconds} s "
            + $"({cause}).",
        _ => $"Ranks {string.Join(", ", ranks)} of {context.WorldSize} processes are lost: they ended, or have sent no heartbeat "
            + $"for {TimeoutSeconds} s ({cause}).",
    };

    private static int TimeoutSeconds => (int)Heartbeat.Timeout.TotalSeconds;
}
