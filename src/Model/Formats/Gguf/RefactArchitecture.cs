using System.Globalization;
using static System.FormattableString;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>
/// The architecture <c>refact</c> of llama.cpp, which is this model: RMS norms before each part, ALiBi with a maximum bias of 8,
/// grouped key/value heads, SwiGLU, no biases, and the embedding as the head if <c>output.weight</c> is absent.
/// </summary>
/// <remarks>Spec: GGF-01. Source: llama.cpp, src/models/refact.cpp, src/llama-arch.cpp, src/llama-model.cpp.</remarks>
public static class RefactArchitecture
{
    /// <summary>The name of the architecture.</summary>
    public const string Name = "refact";

    private const string ArchitectureKey = "general.architecture", EpsilonKey = Name + ".attention.layer_norm_rms_epsilon",
        ExactEpsilonKey = "turkishllm.norm_eps", DropoutKey = "turkishllm.dropout", Head = "output.weight";

    // Parts of our names → parts of theirs.
    private static readonly (string Ours, string Theirs)[] Whole =
        [("embed_tokens.weight", "token_embd.weight"), ("norm.weight", "output_norm.weight"), ("lm_head.weight", Head)];

    private static readonly (string Ours, string Theirs)[] OfLayer =
    [
        ("attn_norm", "attn_norm"), ("attn.q_proj", "attn_q"), ("attn.k_proj", "attn_k"), ("attn.v_proj", "attn_v"),
        ("attn.o_proj", "attn_output"), ("ffn_norm", "ffn_norm"), ("ffn.gate_proj", "ffn_gate"), ("ffn.up_proj", "ffn_up"),
        ("ffn.down_proj", "ffn_down"),
    ];

    /// <summary>Translates a name: <c>layers.3.attn.q_proj.weight</c> is <c>blk.3.attn_q.weight</c>.</summary>
    /// <exception cref="ArgumentException">The model has no such weight.</exception>
    public static string ToGguf(string ours)
    {
        ArgumentNullException.ThrowIfNull(ours);
        foreach (var (own, theirs) in Whole) if (own == ours) return theirs;
        if (ours.Split('.', 3) is ["layers", var layer, var rest])
            foreach (var (own, theirs) in OfLayer) if ($"{own}.weight" == rest) return $"blk.{layer}.{theirs}.weight";
        throw new ArgumentException($"No tensor of {Name} is {ours}.", nameof(ours));
    }

    /// <summary>Translates a name back; other names are returned unchanged.</summary>
    public static string FromGguf(string theirs)
    {
        ArgumentNullException.ThrowIfNull(theirs);
        foreach (var (own, name) in Whole) if (name == theirs) return own;
        if (theirs.Split('.', 3) is ["blk", var layer, var rest])
            foreach (var (own, name) in OfLayer) if ($"{name}.weight" == rest) return $"layers.{layer}.{own}.weight";
        return theirs;
    }

    /// <summary>Adds the keys of a model to metadata.</summary>
    /// <exception cref="ConfigurationException">llama.cpp would compute something else.</exception>
    public static void Write(ModelConfig config, GgufMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(metadata);
        RefuseInexpressible(config);
        metadata.Add(ArchitectureKey, Name);
        foreach (var (key, value) in Sizes(config)) metadata.Add($"{Name}.{key}", (uint)value);
        metadata.Add(EpsilonKey, (float)config.NormEps);
        if (ShortestDecimal((float)config.NormEps) != config.NormEps) metadata.Add(ExactEpsilonKey, config.NormEps);
        if (config.Dropout > 0) metadata.Add(DropoutKey, config.Dropout);
    }

    /// <summary>Reads the configuration of a model from a file.</summary>
    /// <exception cref="InvalidDataException">The file is of another architecture, or lacks a key.</exception>
    /// <exception cref="ConfigurationException">
    /// A value is out of range, or this program would compute something else.
    /// </exception>
    public static ModelConfig Read(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var metadata = file.Metadata;
        if (metadata.Get<string>(ArchitectureKey) is var architecture && architecture != Name)
            throw new InvalidDataException(
                $"{file.Path} is of the architecture \"{architecture}\"; only \"{Name}\" can be read: ALiBi, SwiGLU and "
                    + "RMS norms as this model.");
        int Size(string key) => (int)Math.Min(metadata.Get<uint>($"{Name}.{key}"), int.MaxValue);
        var heads = Size("attention.head_count");
        var stored = file.StoredTensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var rounded = metadata.Get<float>(EpsilonKey);
        var exact = metadata.GetOrDefault<double>(ExactEpsilonKey);
        var config = new ModelConfig(
            (int)Math.Min(stored.GetValueOrDefault("token_embd.weight")?.Shape[0]
                ?? throw new InvalidDataException($"{file.Path} has no tensor token_embd.weight."), int.MaxValue),
            Size("embedding_length"), Size("block_count"), heads,
            metadata.Contains($"{Name}.attention.head_count_kv") ? Size("attention.head_count_kv") : heads,
            Size("feed_forward_length"), Size("context_length"),
            metadata.GetOrDefault<double>(DropoutKey), !stored.ContainsKey(Head),
            (float)exact == rounded ? exact : ShortestDecimal(rounded));
        RefuseInexpressible(config);
        return config;
    }

    private static IEnumerable<(string Key, int Value)> Sizes(ModelConfig config) =>
    [
        ("context_length", config.MaxSeqLen), ("embedding_length", config.DModel), ("block_count", config.NLayers),
        ("feed_forward_length", config.DFf), ("attention.head_count", config.NHeads),
        ("attention.head_count_kv", config.NKvHeads), ("vocab_size", config.VocabSize),
    ];

    private static void RefuseInexpressible(ModelConfig config)
    {
        if (int.IsPow2(config.NHeads)) return;
        throw new ConfigurationException([new ConfigurationProblem(
            Invariant($"n_heads is {config.NHeads}. llama.cpp has the ALiBi slopes of this program only for powers of two; ")
                + "for others it takes the slopes of the next lower power and inserts the rest, so its text would differ. "
                + "Export with --format safetensors or hf.",
            ModelConfigFile.NHeads)]);
    }

    // The number that people wrote: 1e-6 and not the float32 nearest to it, 9.99999997475e-7.
    private static double ShortestDecimal(float value) =>
        double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
