using TurkishLlm.Inference.Decoding;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Computes the logits after a text with packed weights of a type.</summary>
public delegate float[] DecodeWithType(ParameterTable weights, PackedType type, int[] text);

/// <summary>Computes the losses of the tokens of a continuation.</summary>
public delegate double[] ScoreContinuation(ParameterTable weights, int[] text, int[] continuation);

/// <summary>Weights of one output.</summary>
/// <param name="Length">Number of inputs.</param>
/// <param name="Scale">Standard deviation of the first 32 weights; that of each further block is three times as large.</param>
public sealed record PackedRowCase(int Length, double Scale);

/// <summary>A model with packed weights of a type.</summary>
/// <param name="Type">The type.</param>
/// <param name="Model">The model; its batch and time are not used.</param>
public sealed record PackedTypeCase(PackedType Type, ModelCase Model);

/// <summary>A text and its continuation.</summary>
/// <param name="Model">The model; its batch and time are not used.</param>
/// <param name="Text">Tokens of the text.</param>
/// <param name="Continuation">Tokens of the continuation.</param>
public sealed record ScoredTextCase(ModelCase Model, int Text, int Continuation);

/// <summary>What packing does to weights, and losses: GEN-24 … GEN-27.</summary>
public static class PackedWeightSpec
{
    private const int BlockLength = 32;

    private static readonly IReadOnlyList<PackedRowCase> Rows = [new(256, 0.02), new(72, 3), new(688, 1e-3)];

    public static readonly Requirement<PackedRowCase, Func<float[], float[]>> GEN_24_BFloat16 = new()
    {
        Id = "GEN-24",
        Statement = "Weights packed in bfloat16 are the nearest bfloat16 numbers, with ties to even.",
        Source = "IEEE 754, roundTiesToEven; TOL-UNIT",
        CanonicalCases = Rows,
        Subject = (_, _) => weights => PackedRounding.Round(weights, PackedType.BFloat16),
        Holds = (round, c, at) =>
        {
            using var scope = NewDisposeScope();
            float[] weights = [.. Draw(c, at), 1.00390625f, 1.01171875f, -1.00390625f];        // ties
            var expected = tensor(weights).to(bfloat16).Doubles();
            return Verdict.SameElements(
                [.. expected], [.. round(weights).Select(weight => (double)weight)], "weights");
        },
        Impostors = new()
        {
            ["cuts off"] = (_, _) => weights => [.. weights.Select(weight => MapBits(weight, bits => bits))],
            ["rounds ties away from zero"] = (_, _) => weights =>
                [.. weights.Select(weight => MapBits(weight, bits => bits + 0x8000))],
            ["keeps float32"] = (_, _) => weights => weights,
        },
    };

    public static readonly Requirement<PackedRowCase, Func<float[], float[]>> GEN_25_Int8 = new()
    {
        Id = "GEN-25",
        Statement = "Weights packed in int8 are multiples of a 127th of the largest magnitude of their block, 32 consecutive "
            + "inputs of an output; each is off by half a step at most, and packing again changes nothing.",
        Source = "ggml, ggml-quants.c, quantize_row_q8_0_ref; TOL-Q8",
        CanonicalCases = Rows,
        Subject = (_, _) => weights => PackedRounding.Round(weights, PackedType.Int8),
        Holds = (round, c, at) =>
        {
            var weights = Draw(c, at);
            if (c.Length > 4 * BlockLength) Array.Clear(weights, 3 * BlockLength, BlockLength); // a block without a scale
            var rounded = round(weights);
            if (rounded.Length != weights.Length) return Verdict.Equal(weights.Length, rounded.Length, "weights");
            return Verdict.All(
            [
                .. weights.Chunk(BlockLength).Zip(rounded.Chunk(BlockLength)).Select((pair, block) => Verdict.AtMost(
                    1, MeasureBlock(pair.First, pair.Second), $"error of block {block} ÷ bound")),
                .. rounded.Chunk(BlockLength).Select((block, number) => Verdict.AtMost(
                    1e-4, MeasureSpacing(block), $"distance of block {number} from multiples of a 127th")),
                Verdict.SameElements(rounded, round(rounded), "weights packed again"),
            ]);
        },
        Impostors = new()
        {
            ["has the scale of the next block"] = (_, _) => Quantize((row, block) =>
                row.Chunk(BlockLength).ElementAt((block + 1) % ((row.Length + BlockLength - 1) / BlockLength))),
            ["has one scale for the output"] = (_, _) => Quantize((row, _) => row),
            ["cuts off"] = (_, _) => Quantize(round: MathF.Truncate),
            ["divides by 255"] = (_, _) => Quantize(divisor: 255),
            ["blocks of 64"] = (_, _) => Quantize((row, block) => row.Chunk(2 * BlockLength).ElementAt(block / 2)),
            ["keeps float32"] = (_, _) => weights => weights,
        },
    };

    public static readonly Requirement<PackedTypeCase, DecodeWithType> GEN_26_OnlyWeights = new()
    {
        Id = "GEN-26",
        Statement = "The type of packed weights rounds the matrices and nothing else: logits have the bits of a float32 decoder "
            + "with the rounded matrices.",
        Source = "GEN-24, GEN-25 for the rounding; activations that are rounded too would err as TOL-MODEL in bfloat16",
        CanonicalCases =
        [
            new(PackedType.BFloat16, DecodingCase.V1), new(PackedType.Int8, DecodingCase.V1),
            new(PackedType.Int8, DecodingCase.V2), new(PackedType.BFloat16, DecodingCase.Odd),
            new(PackedType.Int8, DecodingCase.Odd),
        ],
        PlanCases = at => [new(PackedType.Int8, ModelCase.WithFewTokens(at, 1))],
        Subject = (_, _) => Decode,
        Holds = (decode, c, at) =>
        {
            using var grad = no_grad();
            using var exact = ModelCase.Weights(c.Model.Config, at);
            // Not exact in bfloat16.
            using var weights = exact.CreateLike(name => exact[name].detach() * 1.0037f);
            using var rounded = Round(weights, c.Type, IsMatrix);
            var text = DecodingCase.DrawText(at, c.Model, 620, 7);
            var expected = Decode(rounded, PackedType.Float32, text);
            return Verdict.AtMost(
                0L, decode(weights, c.Type, text).Zip(expected).Count(pair => pair.First != pair.Second), "logits that differ");
        },
        Impostors = new()
        {
            ["rounds the norms too"] = (_, _) => WithRounded(_ => true),
            ["looks up embeddings in float32"] = (c, _) => c.Model.Tied
                ? DecodeUntied
                : WithRounded(name => !name.StartsWith("embed", StringComparison.Ordinal) && IsMatrix(name)),
            ["leaves a projection in float32"] = (_, _) => WithRounded(name =>
                IsMatrix(name) && !name.EndsWith("0.ffn.down_proj.weight", StringComparison.Ordinal)),
            ["multiplies in bfloat16"] = (_, at) => (weights, type, text) =>
            {
                using var rounded = Round(weights, type, IsMatrix);
                using var model = new LanguageModel(rounded, ComputeType.BFloat16);
                using var decoder = new TensorDecoder(model);
                return DecodeWith(decoder, text);
            },
        },
    };

    public static readonly Requirement<ScoredTextCase, ScoreContinuation> GEN_27_Losses = new()
    {
        Id = "GEN-27",
        Statement = "The losses of a continuation are those of the float64 oracle, one per token, each given all tokens before.",
        Source = "BUG-EVL-08; a continuation that is scored one token off; TOL-ANSWER",
        CanonicalCases = [new(DecodingCase.V1, 9, 21), new(DecodingCase.Odd, 1, 5), new(DecodingCase.V2, 64, 2)],
        Subject = (_, _) => Score,
        Holds = (score, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            var ids = DecodingCase.DrawText(at, c.Model, 630, c.Text + c.Continuation);
            var logits = new TransformerOracle(c.Model.Sizes, weights.Doubles()).Logits([.. ids.Select(id => (long)id)], 1);
            var expected = CrossEntropyOracle.TokenLosses(logits, [.. ids.Skip(1).Select(id => (long)id), -1])[(c.Text - 1)..^1];
            var largest = logits.Max(Math.Abs);
            var allowed = Tolerance.Loss(ScalarType.Float32, c.Model.Vocabulary, largest)
                + 2 * c.Model.Allowed(ComputeType.Float32) * largest;
            var found = score(weights, ids[..c.Text], ids[c.Text..]);
            if (found.Length != expected.Length) return Verdict.Equal(expected.Length, found.Length, "losses");
            return Verdict.All(expected.Select((loss, i) => Verdict.AtMost(
                allowed, Math.Abs(loss - found[i]), $"error of loss {i}, nats")));
        },
        Impostors = new()
        {
            ["scores one token too early"] = (_, _) => (weights, text, continuation) =>
                Score(weights, text, [continuation[0], .. continuation[..^1]]),
            ["forgets the text"] = (_, _) => (weights, text, continuation) => Score(weights, [0], continuation),
            ["in bits"] = (_, _) => (weights, text, continuation) =>
                [.. Score(weights, text, continuation).Select(loss => loss / Math.Log(2))],
            ["the last token is skipped"] = (_, _) => (weights, text, continuation) =>
                [.. Score(weights, text, continuation)[..^1], 0],
            ["running means"] = (_, _) => (weights, text, continuation) =>
            {
                var losses = Score(weights, text, continuation);
                return [.. losses.Select((_, i) => losses.Take(i + 1).Average())];
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GEN_24_BFloat16, GEN_25_Int8, GEN_26_OnlyWeights, GEN_27_Losses];

    private static bool IsMatrix(string name) => !name.EndsWith("norm.weight", StringComparison.Ordinal);

    private static float[] Draw(PackedRowCase c, Conditions at)
    {
        using var scope = NewDisposeScope();
        return
        [
            .. at.Normal(salt: 640, scale: 1, c.Length).Doubles()
                .Select((value, i) => (float)(value * c.Scale * Math.Pow(3, i / BlockLength % 4))),
        ];
    }

    private static float MapBits(float x, Func<uint, uint> map) =>
        BitConverter.UInt32BitsToSingle(map(BitConverter.SingleToUInt32Bits(x)) & 0xFFFF0000);

    // The largest error of a block relative to TOL-Q8; a block of zeros must stay one.
    private static double MeasureBlock(float[] weights, float[] rounded)
    {
        var step = weights.Max(weight => Math.Abs((double)weight)) / 127;
        var error = weights.Zip(rounded).Max(pair => Math.Abs((double)pair.First - pair.Second));
        return step > 0 ? error / Tolerance.Q8(step) : error == 0 ? 0 : double.PositiveInfinity;
    }

    private static double MeasureSpacing(float[] rounded)
    {
        var step = rounded.Max(weight => Math.Abs((double)weight)) / 127;
        return step == 0 ? 0 : rounded.Max(weight => Math.Abs(weight / step - Math.Round(weight / step)));
    }

    // A quantizer with one bug.
    private static Func<float[], float[]> Quantize(
        Func<float[], int, float[]>? scaleOf = null, int divisor = 127, Func<float, float>? round = null) => row =>
        [
            .. row.Chunk(BlockLength).SelectMany((block, number) =>
            {
                var scale = (scaleOf?.Invoke(row, number) ?? block).Max(MathF.Abs) / divisor;
                return block.Select(weight => scale == 0
                    ? 0
                    : scale * Math.Clamp((round ?? MathF.Round)(weight / scale), -127, 127));
            }),
        ];

    private static float[] Decode(ParameterTable weights, PackedType type, int[] text)
    {
        using var decoder = new PackedDecoder(weights, type, threads: 1);
        return DecodeWith(decoder, text);
    }

    private static float[] DecodeWith(IDecoder decoder, int[] text)
    {
        using var sequence = decoder.CreateSequence(text.Length);
        var logits = new float[decoder.Config.VocabSize];
        decoder.Append([new(sequence, text)], logits);
        return logits;
    }

    private static double[] Score(ParameterTable weights, int[] text, int[] continuation)
    {
        using var decoder = new PackedDecoder(weights, threads: 1);
        using var sequence = decoder.CreateSequence(text.Length + continuation.Length);
        if (text.Length > 1)
            decoder.Append(
                [new(sequence, text.AsMemory(0, text.Length - 1), NeedsLogits: false)], new float[decoder.Config.VocabSize]);
        var losses = new double[continuation.Length];
        decoder.ComputeLosses(sequence, [text[^1], .. continuation[..^1]], continuation, losses);
        return losses;
    }

    private static DecodeWithType WithRounded(Func<string, bool> isRounded) => (weights, type, text) =>
    {
        using var rounded = Round(weights, type, isRounded);
        return Decode(rounded, PackedType.Float32, text);
    };

    private static ParameterTable Round(ParameterTable weights, PackedType type, Func<string, bool> isRounded)
    {
        using var grad = no_grad();
        return weights.CreateLike(name =>
        {
            using var scope = NewDisposeScope();
            var weight = weights[name].detach().cpu();
            if (!isRounded(name)) return weights[name].detach().clone().MoveToOuterDisposeScope();
            var rows = weight.Doubles().Select(value => (float)value).Chunk((int)weight.size(-1));
            return tensor(rows.SelectMany(row => PackedRounding.Round(row, type)).ToArray(), weight.shape)
                .to(weights[name].device).MoveToOuterDisposeScope();
        });
    }

    // The same model with a rounded head and an embedding in float32.
    private static float[] DecodeUntied(ParameterTable weights, PackedType type, int[] text)
    {
        using var rounded = Round(weights, type, IsMatrix);
        using var grad = no_grad();
        using var untied = ParameterTable.Create(weights.Config.With(tieEmbeddings: false), (name, _) => name switch
        {
            "embed_tokens.weight" => weights[name].detach().clone(),
            "lm_head.weight" => rounded["embed_tokens.weight"].detach().clone(),
            _ => rounded[name].detach().clone(),
        });
        return Decode(untied, PackedType.Float32, text);
    }
}
