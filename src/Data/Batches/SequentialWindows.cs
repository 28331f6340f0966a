using System.Globalization;
using TurkishLlm.Files;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// All tokens of a shard in consecutive windows without overlap: every token except the first is a target exactly once. Used for
/// validation. Thread-safe.
/// </summary>
/// <remarks>Spec: DAT-09, DAT-20, DAT-45.</remarks>
public sealed class SequentialWindows
{
    /// <summary>Target at positions after the end of a partial window; the cross-entropy ignores it.</summary>
    public const long IgnoreIndex = -1;

    private readonly TokenShard _shard;
    private readonly int _sequenceLength;

    /// <param name="shard">The shard to read. The caller disposes it.</param>
    /// <param name="sequenceLength">Number of inputs of a window; only the last window may have fewer.</param>
    /// <exception cref="InvalidDataException">The shard has fewer than two tokens, so there is no target.</exception>
    public SequentialWindows(TokenShard shard, int sequenceLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequenceLength);
        if (shard.Count < 2)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{shard.Paths[0]}: the {shard.Split} split has {Quantity.Format(shard.Count, "token")}; a window needs at least "
                    + $"2. Prepare more text."));
        (_shard, _sequenceLength) = (shard, sequenceLength);
    }

    /// <summary>Number of windows, including a partial last one.</summary>
    public long Count => (TargetCount + _sequenceLength - 1) / _sequenceLength;

    /// <summary>Number of targets of all windows: every token of the shard except the first.</summary>
    public long TargetCount => _shard.Count - 1;

    /// <summary>
    /// Reads a window. After the end of a partial window, inputs are padding and targets are <see cref="IgnoreIndex"/>.
    /// </summary>
    /// <param name="index">Index of the window, 0 … <see cref="Count"/> − 1.</param>
    /// <param name="inputs">Receives the tokens, <c>[sequence]</c>.</param>
    /// <param name="targets">Receives the token after each input, <c>[sequence]</c>.</param>
    /// <returns>Number of positions with a token: the sequence length, or fewer in a partial last window.</returns>
    /// <exception cref="ArgumentException">A span does not have the sequence length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The window does not exist.</exception>
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
