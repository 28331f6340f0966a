using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Packing;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.FineTuning;

/// <summary>Makes a batch of rows of examples.</summary>
/// <remarks>Spec: SFT-13, SFT-14, SFT-15.</remarks>
public static class ExampleCollator
{
    /// <param name="rows">For each row the examples that stand in it, one behind the other and kept apart.</param>
    /// <param name="length">Places of a row; null for as many as the longest needs.</param>
    /// <param name="device">Where the model is.</param>
    /// <exception cref="ArgumentException">The examples of a row do not fit.</exception>
    public static TokenBatch Collate(IReadOnlyList<IReadOnlyList<TokenizedExample>> rows, int? length, Device device)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var places = length ?? rows.Max(row => row.Sum(example => example.Length));
        var (inputs, targets, starts) = (new long[rows.Count * places], new long[rows.Count * places], new long[rows.Count * places]);
        for (var row = 0; row < rows.Count; row++)
        {
            var (from, to) = (row * places, (row + 1) * places);
            PackedRow.Write(rows[row], inputs.AsSpan(from..to), targets.AsSpan(from..to), starts.AsSpan(from..to));
        }
        // Where no row holds two examples, causality alone keeps the padding behind out of sight.
        return TokenBatch.Create(inputs, targets, rows.Count, device, rows.Any(row => row.Count > 1) ? starts : null);
    }
}
