namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Distributes examples over rows, by index.</summary>
/// <param name="lengths">Positions of each example.</param>
/// <param name="rowLength">Positions of a row.</param>
/// <returns>The examples of each row.</returns>
public delegate IReadOnlyList<IReadOnlyList<int>> PackRows(IReadOnlyList<int> lengths, int rowLength);

/// <summary>Computes inputs and targets of tokens with a loss mask.</summary>
/// <param name="tokens">n tokens.</param>
/// <returns>n − 1 inputs, and the target of each; −1 where nothing is learned.</returns>
public delegate (long[] Inputs, long[] Targets) Shift(MaskedTokens tokens);

/// <summary>Writes a row of examples, one after the other.</summary>
/// <param name="examples">The examples.</param>
/// <param name="length">Positions of the row; more than the examples need.</param>
/// <returns>
/// Inputs, which are 2 in the padding; targets, which are −1 where nothing is learned; and for every position the one where its
/// segment starts. The padding is one segment.
/// </returns>
public delegate (long[] Inputs, long[] Targets, long[] Starts) WriteRow(IReadOnlyList<MaskedTokens> examples, int length);

/// <summary>Tokens with a loss mask.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="LossMask">True for each token that is learned.</param>
public sealed record MaskedTokens(IReadOnlyList<int> Ids, IReadOnlyList<bool> LossMask);

/// <summary>Tokens and their loss mask, as text.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="LossMask">An x for each token that is learned.</param>
public sealed record LossMaskCase(string Ids, string LossMask)
{
    /// <summary>The tokens as numbers.</summary>
    public IReadOnlyList<int> Tokens =>
        [.. Ids.Split(' ').Select(id => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Returns the tokens with their mask.</summary>
    public MaskedTokens ToTokens() => new(Tokens, [.. LossMask.Select(mark => mark == 'x')]);
}

/// <summary>Examples that share a row.</summary>
/// <param name="Length">Positions of the row; more than the examples need.</param>
/// <param name="Examples">The examples.</param>
public sealed record RowCase(int Length, params IReadOnlyList<LossMaskCase> Examples)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join(" + ", Examples.Select(example => example.Tokens.Count - 1))} of {Length} places";
}

/// <summary>Examples of random lengths.</summary>
/// <param name="Examples">Number of examples.</param>
/// <param name="Capacity">Positions of a row.</param>
/// <param name="Shortest">Minimum positions of an example.</param>
public sealed record PackingCase(int Examples, int Capacity, int Shortest)
{
    internal IReadOnlyList<int> Lengths(Conditions at)
    {
        using var drawn = at.Ids(77, 1 << 20, Examples);
        return
        [
            .. drawn.Longs().Select((number, i) =>
                Shortest + (int)(number % Math.Max(1, (i % 3 == 0 ? Capacity : Capacity / 3) - Shortest + 1))),
        ];
    }
}
