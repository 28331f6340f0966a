using System.Buffers.Binary;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A row of numbers to quantize.</summary>
/// <param name="Blocks">Blocks of 32 numbers.</param>
/// <param name="Scale">Standard deviation of the first block; that of each further one is three times as large.</param>
public sealed record QuantizedRow(int Blocks, double Scale);

/// <summary>Quantization of rows to blocks and back.</summary>
/// <param name="Encode">Returns the blocks of a row.</param>
/// <param name="Decode">Returns the numbers of blocks.</param>
public sealed record BlockCodec(Func<float[], byte[]> Encode, Func<byte[], float[]> Decode);

/// <summary>Blocks of Q8_0: GGF-03.</summary>
public static class GgufBlockSpec
{
    private const int Length = 32, Bytes = 34;

    public static readonly Requirement<QuantizedRow, BlockCodec> GGF_03_Blocks = new()
    {
        Id = "GGF-03",
        Statement = "A block of Q8_0 is a float16 and 32 signed bytes: the scale max|x| ÷ 127 of its 32 numbers, and for each "
            + "the quantum with which scale × quantum is off by half a step at most; reading gives scale × quantum.",
        Source = "ggml, ggml-quants.c, quantize_row_q8_0_ref and dequantize_row_q8_0; TOL-Q8",
        CanonicalCases = [new(6, 0.02), new(3, 5)],
        Subject = (_, _) => new(Encode, Decode),
        Holds = (codec, c, at) =>
        {
            var row = Draw(c, at);
            var blocks = codec.Encode(row);
            if (blocks.Length != c.Blocks * Bytes) return Verdict.Equal(c.Blocks * Bytes, blocks.Length, "bytes");
            var (worst, worstScale) = (0.0, 0.0);
            for (var i = 0; i < row.Length; i++)
            {
                var (scale, quantum) = Read(blocks, i);
                var step = row.AsSpan(i / Length * Length, Length).ToArray().Max(value => Math.Abs((double)value)) / 127;
                worstScale = Math.Max(worstScale, Math.Abs(scale - step) / Tolerance.Q8Scale(step));
                worst = Math.Max(worst, Math.Abs(row[i] - scale * quantum) / Tolerance.Q8(step));
            }
            return Verdict.All([
                Verdict.AtMost(1, worstScale, "error of a scale ÷ bound"), Verdict.AtMost(1, worst, "error of a number ÷ bound"),
                Verdict.SameElements(
                    [.. row.Select((_, i) => (float)(Read(blocks, i).Scale * Read(blocks, i).Quantum))], codec.Decode(blocks),
                    "numbers read"),
            ]);
        },
        Impostors = new()
        {
            ["cuts quanta off"] = (_, _) => With(round: MathF.Truncate),
            ["divides by 128"] = (_, _) => With(divisor: 128),
            ["has one scale for the row"] = (_, _) => With(scaleOf: (row, _) => row),
            ["has the scale of the next block"] = (_, _) => With(scaleOf: (row, block) => row.Chunk(Length).ElementAt(
                (block + 1) % (row.Length / Length))),
            ["rounds the scale to bfloat16"] = (_, _) => With(store: scale =>
                BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(scale) + 0x8000 & 0xFFFF0000)),
            ["puts the scale after the quanta"] = (_, _) => new(
                row => [.. Encode(row).Chunk(Bytes).SelectMany(block => block[2..].Concat(block[..2]))], Decode),
            ["reads quanta as unsigned bytes"] = (_, _) => new(
                Encode, blocks => [.. Enumerable.Range(0, blocks.Length / Bytes * Length).Select(i =>
                    (float)(Read(blocks, i).Scale * (byte)Read(blocks, i).Quantum))]),
            ["reads blocks in the opposite order"] = (_, _) => new(
                Encode, blocks => Decode([.. blocks.Chunk(Bytes).Reverse().SelectMany(block => block)])),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GGF_03_Blocks];

    private static float[] Draw(QuantizedRow c, Conditions at)
    {
        using var scope = NewDisposeScope();
        return
        [
            .. at.Normal(salt: 3, scale: 1, c.Blocks * Length).Doubles()
                .Select((value, i) => (float)(value * c.Scale * Math.Pow(3, i / Length))),
        ];
    }

    private static (double Scale, sbyte Quantum) Read(byte[] blocks, int index)
    {
        var block = blocks.AsSpan(index / Length * Bytes, Bytes);
        return ((double)BinaryPrimitives.ReadHalfLittleEndian(block), (sbyte)block[2 + index % Length]);
    }

    private static byte[] Encode(float[] row)
    {
        var blocks = new byte[row.Length / Length * Bytes];
        GgufBlocks.Encode(GgufTensorType.Q8_0, row, blocks);
        return blocks;
    }

    private static float[] Decode(byte[] blocks)
    {
        var row = new float[blocks.Length / Bytes * Length];
        GgufBlocks.Decode(GgufTensorType.Q8_0, blocks, row);
        return row;
    }

    // A quantizer with one bug.
    private static BlockCodec With(
        Func<float, float>? round = null, int divisor = 127, Func<float[], int, float[]>? scaleOf = null,
        Func<float, float>? store = null) => new(
        row =>
        [
            .. row.Chunk(Length).SelectMany((block, number) =>
            {
                var scale = (scaleOf?.Invoke(row, number) ?? block).Max(MathF.Abs) / divisor;
                var stored = BitConverter.GetBytes((Half)(store?.Invoke(scale) ?? scale));
                return stored.Concat(block.Select(value =>
                    (byte)(sbyte)Math.Clamp((round ?? MathF.Round)(value / scale), -128, 127)));
            }),
        ],
        Decode);
}
