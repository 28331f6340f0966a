namespace TurkishLlm.Training.Distributed;

/// <summary>
/// A process of the group is gone or does not answer. What was begun together cannot be finished; the weights are those of the
/// last whole step.
/// </summary>
public sealed class LostRankException : Exception
{
    /// <param name="ranks">Who gives no sign of life; none when all do.</param>
    /// <param name="context">Who noticed.</param>
    /// <param name="cause">What failed.</param>
    public LostRankException(IReadOnlyList<int> ranks, DistributedContext context, string cause)
        : base(Describe(ranks, context, cause)) => Ranks = ranks;

    /// <summary>Who gives no sign of life.</summary>
    public IReadOnlyList<int> Ranks { get; }

    private static string Describe(IReadOnlyList<int> ranks, DistributedContext context, string cause) => ranks switch
    {
        [] => $"Rank {context.Rank} cannot go on with the other processes, though all {context.WorldSize} give signs of life "
            + $"({cause}). If one was busy longer than the others wait, give more time with --timeout.",
        [var rank] => $"Rank {rank} of {context.WorldSize} processes is lost: it ended, or has given no sign of life for {TimeoutSeconds} s "
            + $"({cause}).",
        _ => $"Ranks {string.Join(", ", ranks)} of {context.WorldSize} processes are lost: they ended, or have given no sign of life "
            + $"for {TimeoutSeconds} s ({cause}).",
    };

    private static int TimeoutSeconds => (int)Heartbeat.Timeout.TotalSeconds;
}
