using System.Runtime.InteropServices;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Exports weights to a file and reads it back.</summary>
public delegate IReadOnlyDictionary<string, float[]> ExportWeights(ParameterTable weights, string file);

/// <summary>A tensor that PyTorch saved as a view of a storage.</summary>
/// <param name="Storage">PyTorch's name of the storage.</param>
/// <param name="Count">Elements of the storage.</param>
/// <param name="Offset">Element that is the first of the tensor.</param>
/// <param name="Sizes">Sizes of its axes, with commas.</param>
/// <param name="Strides">Elements from one index of an axis to the next, with commas.</param>
public sealed record StoredView(string Storage, int Count, long Offset, string Sizes, string Strides)
{
    internal long[] Shape => Parse(Sizes);

    internal long[] StrideValues => Parse(Strides);

    private static long[] Parse(string numbers) =>
        [.. numbers.Split(',').Select(n => long.Parse(n, System.Globalization.CultureInfo.InvariantCulture))];
}

/// <summary>Export and import of a model.</summary>
/// <param name="Write">Writes weights and configuration into a folder.</param>
/// <param name="Read">Reads weights and configuration from a folder.</param>
public sealed record Interchange(Action<ParameterTable, string> Write, Func<string, ParameterTable> Read);

/// <summary>Interchange with other libraries: CKP-20 … CKP-22.</summary>
public static class InterchangeSpec
{
    public static readonly Requirement<ModelCase, Interchange> CKP_20_HuggingFace = new()
    {
        Id = "CKP-20",
        Statement = "In a Hugging Face directory every weight has the name that the transformers library uses, and an exported "
            + "and imported model has the same bits and sizes.",
        Source = "transformers, modeling_llama.py and configuration_llama.py, for the names; BUG-GQA-01",
        CanonicalCases =
        [
            new(Width: 24, 2, Heads: 4, KeyValueHeads: 2, Inner: 40, Batch: 1, Time: 1, Dropout: 0.02),
            new(Width: 18, 12, Heads: 3, KeyValueHeads: 1, Inner: 28, Batch: 1, Time: 1, Tied: false),
        ],
        Subject = (_, at) => With(at),
        Holds = (interchange, c, at) =>
        {
            using var folder = new WeightFile();
            using var weights = ModelCase.Weights(c.Config, at);
            interchange.Write(weights, folder[""]);
            var (ours, theirs) = (WeightFile.FromParameters(weights), WeightFile.Read(folder.Path));
            var named = Verdict.All([
                Verdict.Equal(ours.Count, theirs.Count, "tensors"),
                .. ours.Select(weight =>
                    Verdict.SameElements(weight.Values, theirs.GetValueOrDefault(HuggingFaceName(weight.Name)) ?? [], weight.Name)
                ),
            ]);
            if (!named.Holds) return named;

            using var back = interchange.Read(folder[""]);
            return Verdict.All([
                Verdict.Equal(c.Config, back.Config, "configuration"),
                .. ours.Select(weight =>
                    Verdict.SameElements(weight.Values, WeightFile.ToFloats(back[weight.Name]), weight.Name)),
            ]);
        },
        Impostors = new()
        {
            ["swaps the two norms of a block"] = (_, at) =>
                With(at, name =>
                    name.Contains("attn_norm", StringComparison.Ordinal)
                        ? name.Replace("attn_norm", "ffn_norm", StringComparison.Ordinal)
                        : name.Replace("ffn_norm", "attn_norm", StringComparison.Ordinal)),
            ["swaps keys and values"] = (_, at) =>
                With(at, name =>
                    name.Contains("k_proj", StringComparison.Ordinal)
                        ? name.Replace("k_proj", "v_proj", StringComparison.Ordinal)
                        : name.Replace("v_proj", "k_proj", StringComparison.Ordinal)),
            ["swaps gate and up"] = (_, at) =>
                With(at, name =>
                    name.Contains("gate_proj", StringComparison.Ordinal)
                        ? name.Replace("gate_proj", "up_proj", StringComparison.Ordinal)
                        : name.Replace("up_proj", "gate_proj", StringComparison.Ordinal)),
            ["omits the prefix of the names"] = (_, at) =>
                With(at, toTheirs: name => WeightNames.ToHuggingFace(name).Replace("model.", "", StringComparison.Ordinal)),
            ["goes through bfloat16"] = (_, at) => With(at) with { Write = WriteRounded },
            ["uses the usual ε of norms"] = (_, at) => With(at, config: config => config.With(normEps: 1e-6)),
        },
    };

    public static readonly Requirement<StoredView, Func<string, string, int, float[]>> CKP_21_PyTorchViews = new()
    {
        Id = "CKP-21",
        Statement = "A tensor of a PyTorch file has the elements of its storage that its offset, sizes and strides select, in "
            + "order and with their values.",
        Source = "torch/_utils.py, _rebuild_tensor_v2; torch/serialization.py",
        CanonicalCases =
        [
            new("FloatStorage", 60, Offset: 7, "4,3", "1,5"), new("BFloat16Storage", 60, Offset: 2, "3,2,5", "1,20,3"),
            new("HalfStorage", 60, Offset: 11, "2,6", "24,2"), new("DoubleStorage", 60, Offset: 4, "5,4", "2,13"),
        ],
        Subject = (_, _) => Real,
        Holds = (read, c, at) =>
        {
            using var folder = new WeightFile();
            var (bytes, values) = Elements(c, at);
            var file = folder["w.pt"];
            PyTorchWriter.Write(
                file, c.Storage, bytes, c.Count, ("whole", 0, [c.Count], [1]),
                ("view", c.Offset, c.Shape, c.StrideValues));
            var picked = Indices(c).Select(index => (float)values[index]).ToArray();
            return Verdict.SameElements(picked, read(file, "view", picked.Length), "elements");
        },
        Impostors = new()
        {
            ["reads the storage from its beginning"] = (c, _) => (file, _, count) => Real(file, "whole", c.Count)[..count],
            ["reads consecutive elements from the offset"] = (c, _) => (file, _, count) =>
                Real(file, "whole", c.Count)[(int)c.Offset..][..count],
            ["ignores the offset"] = (c, _) => (file, _, _) =>
                [.. Indices(c with { Offset = 0 }).Select(index => Real(file, "whole", c.Count)[index])],
            ["reverses the axes"] = (c, _) =>
                (file, _, _) =>
                    [
                        .. Indices(c with { Sizes = Reversed(c.Sizes), Strides = Reversed(c.Strides) })
                            .Select(index => Real(file, "whole", c.Count)[index]),
                    ],
            ["reads the bits as another type"] = (c, at) => (_, _, _) =>
                [.. Indices(c).Select(index => ReinterpretElement(Elements(c, at).Bytes, c.Storage, (int)index))],
        },
    };

    public static readonly Requirement<ModelCase, ExportWeights> CKP_22_Rounding = new()
    {
        Id = "CKP-22",
        Statement = "Weights exported as bfloat16 are those of the model rounded to nearest, ties to even, and are imported as "
            + "exactly these values.",
        Source = "IEEE 754-2019, section 4.3.1; TOL-UNIT",
        CanonicalCases =
        [
            new(Width: 24, 2, Heads: 4, KeyValueHeads: 2, Inner: 40, Batch: 1, Time: 1),
            new(Width: 18, 1, Heads: 3, KeyValueHeads: 1, Inner: 28, Batch: 1, Time: 1, Tied: false),
        ],
        Subject = (_, at) => (weights, folder) =>
        {
            With(at, type: SafetensorsDtype.BF16).Write(weights, folder);
            using var back = With(at).Read(folder);
            return back.Names.ToDictionary(name => name, name => WeightFile.ToFloats(back[name]));
        },
        Holds = (roundTrip, c, at) =>
        {
            using var folder = new WeightFile();
            using var weights = WeightsWithTies(c.Config, at);
            var rounded = roundTrip(weights, folder[""]);
            return Verdict.All(
                weights.Names.Select(name =>
                    Verdict.SameElements(
                        [.. WeightFile.ToFloats(weights[name]).Select(RoundToBFloat16)],
                        [.. rounded[name]],
                        name)));
        },
        Impostors = new()
        {
            ["cuts the lower bits off"] = (_, _) => (weights, _) =>
                MapValues(weights, value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000)),
            ["rounds ties away from zero"] = (_, _) =>
                (weights, _) =>
                    MapValues(weights, value =>
                        BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0x8000) & 0xFFFF0000)),
            ["rounds to float16"] = (_, _) => (weights, _) => MapValues(weights, value => (float)(Half)value),
            ["does not round"] = (_, _) => (weights, _) => MapValues(weights, value => value),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [CKP_20_HuggingFace, CKP_21_PyTorchViews, CKP_22_Rounding];

    private static Interchange With(
        Conditions at,
        Func<string, string>? swap = null,
        Func<string, string>? toTheirs = null,
        SafetensorsDtype type = SafetensorsDtype.F32,
        Func<ModelConfig, ModelConfig>? config = null) =>
        new(
        (weights, folder) =>
        {
            ParameterFile.Save(Path.Combine(folder, "model.safetensors"), [("", weights)], type: type, rename: name =>
                (toTheirs ?? WeightNames.ToHuggingFace)(swap?.Invoke(name) ?? name));
            File.WriteAllBytes(
                Path.Combine(folder, "config.json"),
                HuggingFaceConfig.ToJson(weights.Config, type, new Dictionary<string, IReadOnlyList<int>>()));
        },
        folder =>
        {
            var read = HuggingFaceConfig.Read(Path.Combine(folder, "config.json"));
            using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
            return ParameterFile.Load(file, config?.Invoke(read) ?? read, at.Device, WeightNames.FromHuggingFace);
        });

    private static void WriteRounded(ParameterTable weights, string folder)
    {
        using var rounded = ParameterTable.Create(weights.Config, (name, _) =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            return weights[name].detach().to(bfloat16).to(float32).MoveToOuterDisposeScope();
        });
        ParameterFile.Save(Path.Combine(folder, "model.safetensors"), [("", rounded)], rename: WeightNames.ToHuggingFace);
        File.WriteAllBytes(
            Path.Combine(folder, "config.json"),
            HuggingFaceConfig.ToJson(weights.Config, SafetensorsDtype.F32, new Dictionary<string, IReadOnlyList<int>>()));
    }

    // The weight names of the Llama class, listed.
    private static string HuggingFaceName(string ours) => ours.Split('.') switch
    {
        ["embed_tokens", ..] => "model.embed_tokens.weight",
        ["norm", ..] => "model.norm.weight",
        ["lm_head", ..] => "lm_head.weight",
        ["layers", var n, "attn_norm", ..] => $"model.layers.{n}.input_layernorm.weight",
        ["layers", var n, "ffn_norm", ..] => $"model.layers.{n}.post_attention_layernorm.weight",
        ["layers", var n, "attn", var projection, ..] => $"model.layers.{n}.self_attn.{projection}.weight",
        ["layers", var n, "ffn", var projection, ..] => $"model.layers.{n}.mlp.{projection}.weight",
        _ => throw new ArgumentException($"No name for {ours}.", nameof(ours)),
    };

    private static float[] Real(string path, string name, int count)
    {
        using var file = TensorFile.Open(path);
        var values = new float[count];
        file.ReadFloat32(name, values);
        return values;
    }

    private static IEnumerable<long> Indices(StoredView c) =>
        c
            .Shape.Zip(c.StrideValues)
            .Aggregate((IEnumerable<long>)[c.Offset], (firsts, axis) =>
                firsts.SelectMany(first => Enumerable.Range(0, (int)axis.First).Select(i => first + i * axis.Second)));

    private static string Reversed(string numbers) => string.Join(',', numbers.Split(',').Reverse());

    // Random numbers that the type represents exactly, and their bytes.
    private static (byte[] Bytes, double[] Values) Elements(StoredView c, Conditions at)
    {
        using var scope = NewDisposeScope();
        var drawn = at.Normal(salt: 5, scale: 1, c.Count).Doubles().Select(value => (float)value).ToArray();
        var upper = drawn.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)).ToArray();
        var halves = drawn.Select(value => (Half)value).ToArray();
        return c.Storage switch
        {
            "FloatStorage" => (MemoryMarshal.AsBytes<float>(drawn).ToArray(), [.. drawn.Select(value => (double)value)]),
            "BFloat16Storage" => (
                MemoryMarshal.AsBytes<ushort>(upper).ToArray(),
                [.. upper.Select(value => (double)BitConverter.UInt32BitsToSingle((uint)value << 16))]),
            "HalfStorage" => (MemoryMarshal.AsBytes<Half>(halves).ToArray(), [.. halves.Select(value => (double)value)]),
            _ => (
                MemoryMarshal.AsBytes<double>(drawn.Select(value => value * Math.PI).ToArray()).ToArray(),
                [.. drawn.Select(value => value * Math.PI)]),
        };
    }

    private static float ReinterpretElement(byte[] bytes, string storage, int index) => storage switch
    {
        "FloatStorage" => BitConverter.ToInt32(bytes, 4 * index),
        "BFloat16Storage" => (float)BitConverter.ToHalf(bytes, 2 * index),
        "HalfStorage" => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, 2 * index) << 16),
        _ => BitConverter.ToSingle(bytes, 8 * index),
    };

    // Every third element of each weight is exactly between two bfloat16 values, below an even one or an odd one in turn.
    private static ParameterTable WeightsWithTies(ModelConfig config, Conditions at)
    {
        var salt = 0;
        return ParameterTable.Create(config, (_, shape) =>
        {
            var values = WeightFile.ToFloats(at.Normal(++salt, scale: 0.05, shape));
            for (var i = 0; i < values.Length; i += 3)
                values[i] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(values[i]) & 0xFFFF0000 | 0x8000);
            return tensor(values, shape, device: at.Device);
        });
    }

    // The nearest value, in float64; of two equally near ones, the even one.
    private static float RoundToBFloat16(float value)
    {
        var below = BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000;
        var (toZero, fromZero) = (BitConverter.UInt32BitsToSingle(below), BitConverter.UInt32BitsToSingle(below + 0x10000));
        var (near, far) = (Math.Abs((double)value - toZero), Math.Abs((double)fromZero - value));
        return near < far || (near == far && (below >> 16) % 2 == 0) ? toZero : fromZero;
    }

    private static Dictionary<string, float[]> MapValues(ParameterTable weights, Func<float, float> change) =>
        weights.Names.ToDictionary(name => name, name => WeightFile.ToFloats(weights[name]).Select(change).ToArray());
}
