using System.Globalization;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Conversations;

/// <summary>Tokens of one example with a mark on those that are learned.</summary>
/// <remarks>
/// This is the one place where marks become targets: whoever trains or measures on examples, packed or not, takes inputs
/// and targets from here. Spec: SFT-06.
/// </remarks>
public sealed class TokenizedExample
{
    private readonly ushort[] _ids;
    private readonly bool[] _marked;

    /// <param name="ids">The tokens; at least two.</param>
    /// <param name="lossMask">True for each that is learned. The first cannot be: nothing stands before it to predict it from.</param>
    /// <exception cref="ArgumentException">Counts differ, there are fewer than two tokens, an id has no place in 16 bits, or the first is marked.</exception>
    public TokenizedExample(IReadOnlyList<int> ids, IReadOnlyList<bool> lossMask)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(lossMask);
        if (ids.Count != lossMask.Count) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There are {ids.Count} tokens but {lossMask.Count} marks."), nameof(lossMask));
        if (ids.Count < 2) throw new ArgumentException("An example has two tokens at least: one to read and one to predict.", nameof(ids));
        if (lossMask[0]) throw new ArgumentException("The first token cannot be learned: nothing stands before it.", nameof(lossMask));
        foreach (var id in ids)
            if (id is < 0 or > ushort.MaxValue) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Token {id} is not 0 … {ushort.MaxValue}."), nameof(ids));
        (_ids, _marked) = ([.. ids.Select(id => (ushort)id)], [.. lossMask]);
        SupervisedCount = _marked.Count(mark => mark);
    }

    /// <summary>Places a model reads: all tokens but the last, which is a target only.</summary>
    public int Length => _ids.Length - 1;

    /// <summary>Targets that are learned.</summary>
    public int SupervisedCount { get; }

    /// <summary>The tokens.</summary>
    public IReadOnlyList<ushort> Ids => _ids;

    /// <summary>True for each token that is learned.</summary>
    public IReadOnlyList<bool> LossMask => _marked;

    /// <summary>Writes inputs, and for each the token that follows it, where that is learned.</summary>
    /// <param name="inputs">Receives <see cref="Length"/> tokens.</param>
    /// <param name="targets">Receives as many; <see cref="SequentialWindows.IgnoreIndex"/> where the next token is not learned.</param>
    /// <exception cref="ArgumentException">A span is not of that length.</exception>
    public void Write(Span<long> inputs, Span<long> targets)
    {
        TokenWindow.RefuseLength(Length, inputs, targets);
        for (var i = 0; i < inputs.Length; i++)
            (inputs[i], targets[i]) = (_ids[i], _marked[i + 1] ? _ids[i + 1] : SequentialWindows.IgnoreIndex);
    }
}
