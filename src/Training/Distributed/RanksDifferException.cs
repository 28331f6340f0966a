using static System.FormattableString;

namespace TurkishLlm.Training.Distributed;

/// <summary>Thrown when the processes of a run hold different weights, which makes training together meaningless.</summary>
public sealed class RanksDifferException : Exception
{
    /// <param name="step">Number of steps taken.</param>
    /// <param name="differences">The differences; at least one.</param>
    public RanksDifferException(long step, IReadOnlyList<RankDifference> differences)
        : base(Invariant(
            $"The processes differ after step {step}: {differences[0].Name} of rank ")
                + Invariant($"{differences[0].Rank} is not that of rank ")
                + Invariant($"0{(differences.Count > 1 ? Invariant($", and {differences.Count - 1} more") : "")}. ")
                + "Nothing was saved. All processes need the same checkpoint, libtorch and kind of CPU; "
                + "resume from the last checkpoint.") =>
        Differences = differences;

    /// <summary>The differences, in the order of ranks.</summary>
    public IReadOnlyList<RankDifference> Differences { get; }
}
