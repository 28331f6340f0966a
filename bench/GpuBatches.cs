using System.Runtime.InteropServices;
using TurkishLlm.Model.Layers;

namespace TurkishLlm.Bench;

/// <summary>One step's rows on the host, each array <c>[rows · length]</c>.</summary>
/// <param name="Inputs">Token ids.</param>
/// <param name="Targets">The token that follows each, or <see cref="CrossEntropy.IgnoreIndex"/>.</param>
/// <param name="SegmentStarts">The first position of its row that each may read.</param>
internal sealed record GpuBatch(long[] Inputs, long[] Targets, long[] SegmentStarts);

/// <summary>The steps that contestants share: a file of little-endian int32, inputs, targets and starts of each step.</summary>
internal static class GpuBatches
{
    /// <summary>Different steps; after the last comes the first again.</summary>
    private const int Steps = 4;

    /// <returns>Share of the targets that count.</returns>
    public static double Write(string file, GpuShape shape)
    {
        using var tokens = RandomModel.GenerateTokens(shape.Config.VocabSize).GetEnumerator();
        var random = new Random(11);
        using var writer = File.Create(file);
        var counted = 0L;
        for (var step = 0; step < Steps; step++)
        {
            var (inputs, targets, starts) = (new int[shape.Tokens], new int[shape.Tokens], new int[shape.Tokens]);
            for (var first = 0; first < shape.Tokens;)
            {
                var place = first % shape.Length;
                var length = shape.IsPacked
                    ? Math.Min(shape.Length - place, random.Next(shape.Length / 8, shape.Length / 2))
                    : shape.Length;
                for (var i = 0; i < length; i++)
                {
                    tokens.MoveNext();
                    inputs[first + i] = tokens.Current;
                    if (i > 0) targets[first + i - 1] = tokens.Current;
                    if (shape.IsPacked) starts[first + i] = place;
                }
                tokens.MoveNext();
                targets[first + length - 1] = tokens.Current;
                if (shape.IsPacked) targets.AsSpan(first, 2 * length / 3).Fill((int)CrossEntropy.IgnoreIndex);
                first += length;
            }
            counted += targets.Count(target => target != CrossEntropy.IgnoreIndex);
            foreach (var values in new[] { inputs, targets, starts }) writer.Write(MemoryMarshal.AsBytes<int>(values));
        }
        return (double)counted / Steps / shape.Tokens;
    }

    public static IReadOnlyList<GpuBatch> Read(string file, int tokens)
    {
        var values = MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(file)).ToArray();
        return [.. values.Chunk(3 * tokens).Select(step => new GpuBatch(Part(step, 0), Part(step, 1), Part(step, 2)))];

        long[] Part(int[] step, int which) =>
            Array.ConvertAll(step[(which * tokens)..((which + 1) * tokens)], value => (long)value);
    }
}
