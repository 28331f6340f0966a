using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Packing;

/// <summary>Writes examples one behind the other into a row of a batch.</summary>
/// <remarks>
/// Targets are those of each example alone: the last token of one never predicts the first of the next. The places behind the
/// last example are padding and count for nothing. Spec: SFT-13, SFT-15.
/// </remarks>
public static class PackedRow
{
    /// <param name="examples">What stands in the row, in order.</param>
    /// <param name="inputs">Receives tokens, <c>[t]</c>.</param>
    /// <param name="targets">Receives for each place the token that follows it in its example, or <see cref="SequentialWindows.IgnoreIndex"/>.</param>
    /// <param name="segmentStarts">Receives for each place the first of its own example: no place may read one before it. Padding is an example of its own.</param>
    /// <exception cref="ArgumentException">The examples do not fit, or the spans differ in length.</exception>
    public static void Write(IReadOnlyList<TokenizedExample> examples, Span<long> inputs, Span<long> targets, Span<long> segmentStarts)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (targets.Length != inputs.Length || segmentStarts.Length != inputs.Length || examples.Sum(example => example.Length) > inputs.Length)
            throw new ArgumentException($"A row of {inputs.Length} inputs, {targets.Length} targets and {segmentStarts.Length} starts cannot hold examples of {string.Join(" + ", examples.Select(example => example.Length))} places.");
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
