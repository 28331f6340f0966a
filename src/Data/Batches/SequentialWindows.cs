using System.Globalization;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// A shard from its first token to its last in windows that do not overlap: every token but the first is a target exactly once.
/// For validation. Safe to use from many threads.
/// </summary>
/// <remarks>Spec: DAT-09, DAT-20.</remarks>
public sealed class SequentialWindows
{
    /// <summary>Target of a place that a partial window does not fill: cross-entropy leaves it out.</summary>
    public const long IgnoreIndex = -1;

    private readonly TokenShard _shard;
    private readonly int _sequenceLength;

    /// <param name="shard">Where windows come from. Not owned.</param>
    /// <param name="sequenceLength">Inputs of a window; only the last window may have fewer.</param>
    /// <exception cref="InvalidDataException">The shard has fewer than two tokens, so there is no target.</exception>
    public SequentialWindows(TokenShard shard, int sequenceLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequenceLength);
        if (shard.Count < 2)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{shard.Paths[0]}: the {shard.Split} split has {shard.Count} tokens; a window needs two. Prepare more text."));
        (_shard, _sequenceLength) = (shard, sequenceLength);
    }

    /// <summary>Number of windows, a last partial one included.</summary>
    public long Count => (TargetCount + _sequenceLength - 1) / _sequenceLength;

    /// <summary>Targets in all windows together: every token of the shard but the first.</summary>
    public long TargetCount => _shard.Count - 1;

    /// <summary>Reads a window. Behind the end of a partial one, inputs are padding and targets <see cref="IgnoreIndex"/>.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <param name="inputs">Receives the tokens, <c>[sequence]</c>.</param>
    /// <param name="targets">Receives for each input the token that follows it, <c>[sequence]</c>.</param>
    /// <returns>How many places are filled: the sequence length, fewer in a last partial window.</returns>
    /// <exception cref="ArgumentException">A span is not of the sequence length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such window.</exception>
    public int Read(long index, Span<long> inputs, Span<long> targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        TokenWindow.RefuseLength(_sequenceLength, inputs, targets);

        var length = (int)Math.Min(_sequenceLength, TargetCount - index * _sequenceLength);
        TokenWindow.Read(_shard, index * _sequenceLength, inputs[..length], targets[..length]);
        inputs[length..].Fill(SpecialTokens.Pad);
        targets[length..].Fill(IgnoreIndex);
        return length;
    }
}
