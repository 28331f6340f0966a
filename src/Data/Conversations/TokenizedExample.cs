using System.Globalization;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Conversations;

/// <summary>The tokens of one example with a loss mask.</summary>
/// <remarks>
/// Only this class converts loss masks to targets: training and evaluation, packed or not, take inputs and targets from here.
/// Spec: SFT-06.
/// </remarks>
public sealed class TokenizedExample
{
    private readonly ushort[] _ids;
    private readonly bool[] _lossMask;

    /// <param name="ids">The tokens; at least two.</param>
    /// <param name="lossMask">
    /// True for each learned token. The first token cannot be learned, because no token predicts it.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The lengths differ, there are fewer than two tokens, an id does not fit 16 bits, or the first token is learned.
    /// </exception>
    public TokenizedExample(IReadOnlyList<int> ids, IReadOnlyList<bool> lossMask)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(lossMask);
        if (ids.Count != lossMask.Count)
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"There are {ids.Count} tokens, but the loss mask has {lossMask.Count} entries."),
                nameof(lossMask));
        if (ids.Count < 2)
            throw new ArgumentException("An example needs at least 2 tokens: one input and one target.", nameof(ids));
        if (lossMask[0])
            throw new ArgumentException("The first token cannot be learned, because no token predicts it.", nameof(lossMask));
        foreach (var id in ids)
            if (id is < 0 or > ushort.MaxValue)
                throw new ArgumentException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"Token {id} is out of range; ids must be 0 … {ushort.MaxValue}."),
                    nameof(ids));
        (_ids, _lossMask) = ([.. ids.Select(id => (ushort)id)], [.. lossMask]);
        SupervisedCount = _lossMask.Count(isLearned => isLearned);
    }

    /// <summary>Number of inputs: all tokens except the last, which is only a target.</summary>
    public int Length => _ids.Length - 1;

    /// <summary>Number of learned targets.</summary>
    public int SupervisedCount { get; }

    /// <summary>The tokens.</summary>
    public IReadOnlyList<ushort> Ids => _ids;

    /// <summary>True for each learned token.</summary>
    public IReadOnlyList<bool> LossMask => _lossMask;

    /// <summary>Writes the inputs and, for each, the next token if it is learned.</summary>
    /// <param name="inputs">Receives <see cref="Length"/> tokens.</param>
    /// <param name="targets">
    /// Receives the same number of targets; <see cref="SequentialWindows.IgnoreIndex"/> if the next token is not learned.
    /// </param>
    /// <exception cref="ArgumentException">A span does not have that length.</exception>
    public void Write(Span<long> inputs, Span<long> targets)
    {
        TokenWindow.RefuseLength(Length, inputs, targets);
        for (var i = 0; i < inputs.Length; i++)
            (inputs[i], targets[i]) = (_ids[i], _lossMask[i + 1] ? _ids[i + 1] : SequentialWindows.IgnoreIndex);
    }
}
