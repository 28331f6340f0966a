using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Packing;

/// <summary>Writes examples consecutively into a row of a batch.</summary>
/// <remarks>
/// Targets do not cross examples: the last token of one never predicts the first of the next. Positions after the last example
/// are padding and are ignored. Spec: SFT-13, SFT-15.
/// </remarks>
public static class PackedRow
{
    /// <param name="examples">The examples of the row, in order.</param>
    /// <param name="inputs">Receives tokens, <c>[t]</c>.</param>
    /// <param name="targets">
    /// Receives the next token of the same example at each position, or <see cref="SequentialWindows.IgnoreIndex"/>.
    /// </param>
    /// <param name="segmentStarts">
    /// Receives the first position of its own example at each position: attention must not reach before it. Padding is a segment
    /// of its own.
    /// </param>
    /// <exception cref="ArgumentException">The examples do not fit, or the spans have different lengths.</exception>
    public static void Write(
        IReadOnlyList<TokenizedExample> examples, Span<long> inputs, Span<long> targets, Span<long> segmentStarts)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (
            targets.Length != inputs.Length
            || segmentStarts.Length != inputs.Length
            || examples.Sum(example => example.Length) > inputs.Length)
            throw new ArgumentException(
                $"A row of {inputs.Length} inputs, {targets.Length} targets and {segmentStarts.Length} segment "
                    + $"starts cannot hold examples of {string.Join(" + ", examples.Select(example => example.Length))} "
                    + "positions.");
        var start = 0;
        foreach (var example in examples)
        {
            example.Write(inputs.Slice(start, example.Length), targets.Slice(start, example.Length));
            segmentStarts.Slice(start, example.Length).Fill(start);
            start += example.Length;
        }
        inputs[start..].Fill(SpecialTokens.Pad);
        targets[start..].Fill(SequentialWindows.IgnoreIndex);
        segmentStarts[start..].Fill(start);
    }
}
