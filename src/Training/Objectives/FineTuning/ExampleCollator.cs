using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Packing;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.FineTuning;

/// <summary>Collates examples into a batch of rows.</summary>
/// <remarks>Spec: SFT-13, SFT-14, SFT-15.</remarks>
public static class ExampleCollator
{
    /// <param name="rows">The examples of each row, which are placed one after the other and cannot attend to each other.</param>
    /// <param name="length">Length of the rows in tokens; null for that of the longest.</param>
    /// <param name="device">Device of the model.</param>
    /// <exception cref="ArgumentException">The examples of a row are longer than the row.</exception>
    public static TokenBatch Collate(IReadOnlyList<IReadOnlyList<TokenizedExample>> rows, int? length, Device device)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var places = length ?? rows.Max(row => row.Sum(example => example.Length));
        var (inputs, targets, segmentStarts) = (
            new long[rows.Count * places], new long[rows.Count * places],
            new long[rows.Count * places]);
        for (var row = 0; row < rows.Count; row++)
        {
            var (from, to) = (row * places, (row + 1) * places);
            PackedRow.Write(rows[row], inputs.AsSpan(from..to), targets.AsSpan(from..to), segmentStarts.AsSpan(from..to));
        }
        // If no row holds two examples, causality alone hides the padding at the end.
        return TokenBatch.Create(inputs, targets, rows.Count, device, rows.Any(row => row.Count > 1) ? segmentStarts : null);
    }
}
