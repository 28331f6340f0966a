using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A model that is written as GGUF.</summary>
/// <param name="Type">Type of its matrices.</param>
/// <param name="Model">The model.</param>
public sealed record GgufCase(GgufTensorType Type, ModelCase Model);

/// <summary>Export to a GGUF file and import of it.</summary>
/// <param name="Write">Writes weights with matrices of a type to a file.</param>
/// <param name="Read">Reads weights and configuration from a file.</param>
public sealed record GgufExchange(Action<ParameterTable, GgufTensorType, string> Write, Func<string, ParameterTable> Read);

/// <summary>Weights in GGUF files: GGF-01 and GGF-02.</summary>
public static class GgufSpec
{
    private static readonly ModelCase Tied =
        new(Width: 64, 2, Heads: 4, KeyValueHeads: 2, Inner: 96, Batch: 1, Time: 1, Dropout: 0.02);

    private static readonly ModelCase Untied =
        new(Width: 32, 12, Heads: 2, KeyValueHeads: 1, Inner: 72, Batch: 1, Time: 1, Tied: false, Vocabulary: 307);

    public static readonly Requirement<GgufCase, GgufExchange> GGF_01_Tensors = new()
    {
        Id = "GGF-01",
        Statement = "A GGUF file has every weight under llama.cpp's name, its dimensions from the row length on, with the same "
            + "bits as F32, and sizes and ε under llama.cpp's keys; importing it gives the same weights and configuration.",
        Source = "llama.cpp, src/llama-arch.cpp, src/models/refact.cpp; ggml, docs/gguf.md; BUG-GQA-01",
        CanonicalCases = [new(GgufTensorType.F32, Tied), new(GgufTensorType.F32, Untied)],
        Subject = (_, at) => Real(at),
        Holds = (exchange, c, at) =>
        {
            using var folder = new WeightFile();
            using var weights = Draw(c.Model.Config, at);
            exchange.Write(weights, c.Type, folder["m.gguf"]);
            var (ours, theirs) = (WeightFile.FromParameters(weights), GgufOracle.Read(folder["m.gguf"]));
            var stored = Verdict.All([
                Verdict.Equal(ours.Count, theirs.Tensors.Count, "tensors"),
                .. GgufKeys.Compare(c.Model.Config, theirs.Metadata),
                .. ours.Select(weight => CompareStored(weight, theirs, c.Type)),
            ]);
            if (!stored.Holds) return stored;
            using var back = exchange.Read(folder["m.gguf"]);
            return Verdict.All([
                Verdict.Equal(c.Model.Config, back.Config, "configuration"),
                .. ours.Select(weight =>
                    Verdict.SameElements(weight.Values, WeightFile.ToFloats(back[weight.Name]), weight.Name)),
            ]);
        },
        Impostors = new()
        {
            ["stores matrices by columns"] = (_, at) => Changing(at, Transpose),
            ["lists dimensions in PyTorch's order"] = (_, at) => Real(at) with
            {
                Write = (weights, type, file) => WriteWith(weights, type, file, shape: sizes => [.. sizes.Reverse()]),
            },
            ["swaps keys and values"] = (_, at) => Swapping(at, "k_proj", "v_proj"),
            ["swaps gate and up"] = (_, at) => Swapping(at, "gate_proj", "up_proj"),
            ["swaps the two norms of a block"] = (_, at) => Swapping(at, "attn_norm", "ffn_norm"),
            ["goes through float16"] = (_, at) =>
                Changing(at, (values, _) => [.. values.Select(value => RoundToNearest(value, GgufTensorType.F16))]),
            ["permutes rows for rotary positions"] = (_, at) => Changing(at, Interleave),
            ["uses the usual ε of norms"] = (_, at) => Real(at) with { Read = file => WithUsualEps(Real(at).Read(file)) },
        },
    };

    public static readonly Requirement<GgufCase, GgufExchange> GGF_02_Rounding = new()
    {
        Id = "GGF-02",
        Statement = "Matrices of a GGUF file as F16 or BF16 are the nearest values, ties to even; norms keep their bits; "
            + "importing the file gives exactly the stored values.",
        Source = "IEEE 754-2019, section 4.3.1; TOL-UNIT",
        CanonicalCases =
        [
            new(GgufTensorType.F16, Tied), new(GgufTensorType.BF16, Tied), new(GgufTensorType.F16, Untied),
            new(GgufTensorType.BF16, Untied),
        ],
        Subject = (_, at) => Real(at),
        Holds = (exchange, c, at) =>
        {
            using var folder = new WeightFile();
            using var weights = Draw(c.Model.Config, at, c.Type);
            exchange.Write(weights, c.Type, folder["m.gguf"]);
            var (ours, theirs) = (WeightFile.FromParameters(weights), GgufOracle.Read(folder["m.gguf"]));
            var stored = Verdict.All(ours.Select(weight => CompareStored(weight, theirs, c.Type)));
            if (!stored.Holds) return stored;
            using var back = exchange.Read(folder["m.gguf"]);
            return Verdict.All(ours.Select(weight => Verdict.SameElements(
                [.. theirs.Tensors[GgufKeys.TensorName(weight.Name)].Values.Select(value => (float)value)],
                WeightFile.ToFloats(back[weight.Name]), weight.Name)));
        },
        Impostors = new()
        {
            ["cuts the lower bits off"] = (c, at) => Rounding(at, value => Neighbors(value, c.Type).ToZero),
            ["rounds ties away from zero"] = (c, at) => Rounding(at, value => RoundTieAway(value, c.Type)),
            ["rounds to the other type first"] = (c, at) => Rounding(at, value => RoundToNearest(value, Other(c.Type))),
            ["rounds norms too"] = (c, at) => Real(at) with
            {
                Write = (weights, type, file) => WriteWith(
                    weights, type, file, (values, shape) => shape.Length > 1
                        ? values
                        : [.. values.Select(value => RoundToNearest(value, c.Type))]),
            },
            ["does not round"] = (_, at) => Real(at) with
            {
                Write = (weights, _, file) => Real(at).Write(weights, GgufTensorType.F32, file),
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [GGF_01_Tensors, GGF_02_Rounding];

    private static GgufExchange Real(Conditions at) => new(
        (weights, type, file) => GgufWeights.Save(file, weights, new GgufMetadata(file), type),
        file =>
        {
            using var stored = GgufFile.Open(file);
            return GgufWeights.Load(stored, RefactArchitecture.Read(stored), at.Device);
        });

    // Random numbers; for a type, every third one is exactly between two of its values, below an even one or an odd one in turn.
    private static ParameterTable Draw(ModelConfig config, Conditions at, GgufTensorType? ties = null)
    {
        var salt = 0;
        return ParameterTable.Create(config, (_, shape) =>
        {
            var values = WeightFile.ToFloats(at.Normal(++salt, scale: 0.05, shape));
            for (var i = 0; ties is { } type && i < values.Length; i += 3)
            {
                var (below, above) = Neighbors(values[i], type);
                values[i] = (below + above) / 2;
            }
            return tensor(values, shape, device: at.Device);
        });
    }

    private static Verdict CompareStored(StoredWeight weight, GgufOracle file, GgufTensorType type)
    {
        var isMatrix = weight.Shape.Length > 1;
        if (!file.Tensors.TryGetValue(GgufKeys.TensorName(weight.Name), out var stored))
            return Verdict.That(false, $"{GgufKeys.TensorName(weight.Name)} is missing");
        return Verdict.All([
            Verdict.SameElements(weight.Shape.Reverse().ToArray(), stored.Dimensions, $"dimensions of {weight.Name}"),
            Verdict.Equal(GgufKeys.NumberOf(isMatrix ? type : GgufTensorType.F32), stored.Type, $"type of {weight.Name}"),
            Verdict.SameElements(
                [.. weight.Values.Select(value => (double)(isMatrix ? RoundToNearest(value, type) : value))], stored.Values,
                weight.Name),
        ]);
    }

    // Writes what a bug makes of each weight.
    private static void WriteWith(
        ParameterTable weights, GgufTensorType type, string file, Func<float[], long[], float[]>? change = null,
        Func<long[], long[]>? shape = null, Func<string, string>? rename = null)
    {
        var metadata = new GgufMetadata(file);
        RefactArchitecture.Write(weights.Config, metadata);
        using var writer = GgufWriter.Create(file, metadata, weights.Shapes.Select(weight => new GgufTensorInfo(
            RefactArchitecture.ToGguf(rename?.Invoke(weight.Name) ?? weight.Name), GgufWeights.ChooseType(weight.Shape, type),
            shape?.Invoke(weight.Shape) ?? weight.Shape)));
        foreach (var (name, sizes) in weights.Shapes)
        {
            var values = WeightFile.ToFloats(weights[name]);
            writer.Write(RefactArchitecture.ToGguf(rename?.Invoke(name) ?? name), change?.Invoke(values, sizes) ?? values);
        }
        writer.Finish();
    }

    private static GgufExchange Changing(Conditions at, Func<float[], long[], float[]> change) =>
        Real(at) with { Write = (weights, type, file) => WriteWith(weights, type, file, change) };

    private static GgufExchange Swapping(Conditions at, string one, string other) => Real(at) with
    {
        Write = (weights, type, file) => WriteWith(weights, type, file, rename: name =>
            name.Contains(one, StringComparison.Ordinal) ? name.Replace(one, other, StringComparison.Ordinal)
            : name.Replace(other, one, StringComparison.Ordinal)),
    };

    private static GgufExchange Rounding(Conditions at, Func<float, float> round) =>
        Changing(at, (values, shape) => shape.Length < 2 ? values : [.. values.Select(round)]);

    private static ParameterTable WithUsualEps(ParameterTable weights)
    {
        using (weights)
            return ParameterTable.Create(weights.Config.With(normEps: 1e-6), (name, _) => weights[name].detach().clone());
    }

    private static float[] Transpose(float[] values, long[] shape)
    {
        if (shape.Length < 2) return values;
        var (rows, columns) = ((int)shape[0], (int)shape[1]);
        return [.. Enumerable.Range(0, values.Length).Select(i => values[i % rows * columns + i / rows])];
    }

    // What converters for llama.cpp do to models with rotary positions: the halves of each head, row by row in turn.
    private static float[] Interleave(float[] values, long[] shape)
    {
        if (shape.Length < 2) return values;
        var (rows, columns) = ((int)shape[0], (int)shape[1]);
        return
        [
            .. Enumerable.Range(0, rows).SelectMany(row =>
                values.AsSpan((row % 2 * (rows / 2) + row / 2) % rows * columns, columns).ToArray()),
        ];
    }

    private static GgufTensorType Other(GgufTensorType type) =>
        type == GgufTensorType.F16 ? GgufTensorType.BF16 : GgufTensorType.F16;

    // The values of a type next to a number, in the direction of zero and away from it; twice the number if it is one of them.
    private static (float ToZero, float FromZero) Neighbors(float value, GgufTensorType type)
    {
        if (type == GgufTensorType.BF16)
        {
            var bits = BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000;
            return (BitConverter.UInt32BitsToSingle(bits), BitConverter.UInt32BitsToSingle(bits + 0x10000));
        }
        var half = (Half)value;
        if (Math.Abs((double)half) > Math.Abs((double)value))
            half = BitConverter.UInt16BitsToHalf((ushort)(BitConverter.HalfToUInt16Bits(half) - 1));
        return ((float)half, (float)BitConverter.UInt16BitsToHalf((ushort)(BitConverter.HalfToUInt16Bits(half) + 1)));
    }

    // The nearest value, in float64; of two equally near ones, the one with an even last bit.
    private static float RoundToNearest(float value, GgufTensorType type)
    {
        if (type == GgufTensorType.F32) return value;
        var (toZero, fromZero) = Neighbors(value, type);
        var (near, far) = (Math.Abs((double)value - toZero), Math.Abs((double)fromZero - value));
        return near < far || (near == far && IsEven(toZero, type)) ? toZero : fromZero;
    }

    private static float RoundTieAway(float value, GgufTensorType type)
    {
        var (toZero, fromZero) = Neighbors(value, type);
        return Math.Abs((double)value - toZero) < Math.Abs((double)fromZero - value) ? toZero : fromZero;
    }

    private static bool IsEven(float value, GgufTensorType type) => type == GgufTensorType.BF16
        ? (BitConverter.SingleToUInt32Bits(value) >> 16) % 2 == 0
        : BitConverter.HalfToUInt16Bits((Half)value) % 2 == 0;
}
