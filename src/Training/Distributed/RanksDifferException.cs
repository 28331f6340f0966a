namespace TurkishLlm.Training.Distributed;

/// <summary>The processes of a run hold different weights, so what they learn together would mean nothing.</summary>
public sealed class RanksDifferException : Exception
{
    /// <param name="step">Steps taken.</param>
    /// <param name="differences">What differs; at least one thing.</param>
    public RanksDifferException(long step, IReadOnlyList<RankDifference> differences)
        : base(FormattableString.Invariant(
            $"The processes differ after step {step}: {differences[0].Name} of rank {differences[0].Rank} is not that of rank 0{(differences.Count > 1 ? FormattableString.Invariant($", and {differences.Count - 1} more") : "")}. Nothing was saved. All processes need the same checkpoint, libtorch and kind of processor; go on from the last checkpoint.")) =>
        Differences = differences;

    /// <summary>What differs, in the order of ranks.</summary>
    public IReadOnlyList<RankDifference> Differences { get; }
}
