using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// <c>config.json</c> in the format of Hugging Face, with the usual keys and our own model type. No class of transformers
/// combines grouped-query attention with ALiBi and SwiGLU; a type such as <c>llama</c> would make other tools load the weights
/// and compute something else with them, with rotary positions. <c>auto_map</c> names the classes of the Python files that an
/// export has.
/// </summary>
/// <remarks>Source: transformers, configuration_llama.py, for the names of the keys.</remarks>
public static class HuggingFaceConfig
{
    /// <summary>The model type of this architecture; no class of the transformers library has it.</summary>
    public const string ModelType = "turkishllm";

    /// <summary>The Python modules of an export, which <c>auto_map</c> names.</summary>
    public const string ConfigurationModule = "configuration_turkishllm", ModelingModule = "modeling_turkishllm";

    private const string ModelClass = "TurkishLlmForCausalLM";

    private const string TypeKey = "model_type";

    // Hugging Face key → our key.
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["vocab_size"] = ModelConfigFile.VocabSize,
        ["hidden_size"] = ModelConfigFile.DModel,
        ["num_hidden_layers"] = ModelConfigFile.NLayers,
        ["num_attention_heads"] = ModelConfigFile.NHeads,
        ["num_key_value_heads"] = ModelConfigFile.NKvHeads,
        ["intermediate_size"] = ModelConfigFile.DFf,
        ["max_position_embeddings"] = ModelConfigFile.MaxSeqLen, ["dropout"] = ModelConfigFile.Dropout,
        ["tie_word_embeddings"] = ModelConfigFile.WeightTying, ["rms_norm_eps"] = ModelConfigFile.NormEps,
    };

    // Values that are the same for all our models. A file with other values is of another architecture.
    private static readonly Dictionary<string, JsonNode> FixedValues = new(StringComparer.Ordinal)
    {
        ["position_embedding_type"] = "alibi",
        ["alibi_slopes"] = "2^(-8i/n), i = 1 ... n",
        ["hidden_act"] = "silu",
        ["mlp_type"] = "swiglu",
        ["norm_type"] = "rmsnorm", ["norm_position"] = "pre", ["attention_bias"] = false, ["mlp_bias"] = false,
    };

    /// <summary>Returns true if a configuration has this format and is not a <see cref="ModelConfigFile"/>.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON.</exception>
    public static bool CanRead(string file) => ReadObject(file).ContainsKey(TypeKey);

    /// <summary>Serializes a configuration as UTF-8 JSON; equal configurations give equal bytes.</summary>
    /// <param name="config">The model.</param>
    /// <param name="type">Number type of the weights.</param>
    /// <param name="specialTokenIds">
    /// Ids of special tokens by their Hugging Face key, such as <c>bos_token_id</c>; several ids become a list.
    /// </param>
    public static byte[] ToJson(
        ModelConfig config, SafetensorsDtype type, IReadOnlyDictionary<string, IReadOnlyList<int>> specialTokenIds)
    {
        var own = StrictJson.ParseNode(ModelConfigFile.ToJson(config), "config.json").AsObject();
        var root = new JsonObject
        {
            ["architectures"] = new JsonArray(ModelClass),
            ["auto_map"] = new JsonObject
            {
                ["AutoConfig"] = $"{ConfigurationModule}.TurkishLlmConfig",
                ["AutoModelForCausalLM"] = $"{ModelingModule}.{ModelClass}",
            },
            [TypeKey] = ModelType,
        };
        foreach (var (theirs, ours) in Keys) root[theirs] = own[ours]!.DeepClone();
        root["head_dim"] = config.HeadDim;
        foreach (var (key, value) in FixedValues) root[key] = value.DeepClone();
        foreach (var (key, ids) in specialTokenIds)
            root[key] = ids is [var id] ? id : new JsonArray([.. ids.Select(each => (JsonNode)each)]);
        root["torch_dtype"] = type == SafetensorsDtype.BF16 ? "bfloat16" : "float32";
        return Encoding.UTF8.GetBytes(
            root.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>Reads a configuration written by <see cref="ToJson"/>. Ignores keys that other tools added.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON, lacks a key, or is of another architecture.</exception>
    /// <exception cref="ConfigurationException">A value has the wrong type or is out of range.</exception>
    public static ModelConfig Read(string file)
    {
        var root = ReadObject(file);
        if (FormatValue(root[TypeKey]) is var type && type != $"\"{ModelType}\"")
            throw new InvalidDataException(
                $"{file}: {TypeKey} is {type}, another architecture{DescribeDifferences(root)}. "
                    + $"Only models of type \"{ModelType}\" can be read, as written by `turkishllm checkpoint "
                        + "export --format hf`.");
        var others = FixedValues
            .Where(fact => FormatValue(root[fact.Key]) != FormatValue(fact.Value))
            .Select(fact => $"{fact.Key} is {FormatValue(root[fact.Key])}, not {FormatValue(fact.Value)}")
            .ToArray();
        if (others.Length > 0)
            throw new InvalidDataException($"{file} describes another architecture: {string.Join("; ", others)}.");

        var missing = Keys.Keys.Where(key => !root.ContainsKey(key)).ToArray();
        if (missing.Length > 0) throw new InvalidDataException($"{file} lacks {string.Join(", ", missing)}.");

        var own = new JsonObject();
        foreach (var (theirs, ours) in Keys) own[ours] = root[theirs]?.DeepClone();
        return ModelConfigFile.Parse(Encoding.UTF8.GetBytes(own.ToJsonString()), file);
    }

    private static JsonObject ReadObject(string file)
    {
        FileContent.RefusePlaceholder(file);
        return StrictJson.ParseNode(TextFile.ReadAllUtf8(file), file) as JsonObject
            ?? throw new InvalidDataException($"{file}: a model configuration is a JSON object.");
    }

    // The usual keys of other decoders that this architecture does not have.
    private static string DescribeDifferences(JsonObject root)
    {
        var reasons = new List<string>();
        if (root.Any(entry => entry.Key.StartsWith("rope_", StringComparison.Ordinal) || entry.Key == "rotary_pct"))
            reasons.Add("rotary positions instead of ALiBi");
        if (root.ContainsKey("n_positions") || FormatValue(root["position_embedding_type"]) == "\"absolute\"")
            reasons.Add("learned positions instead of ALiBi");
        if (IsTrue(root, "attention_bias") || IsTrue(root, "mlp_bias") || IsTrue(root, "bias")) reasons.Add("biases");
        if (root.ContainsKey("num_local_experts") || root.ContainsKey("num_experts")) reasons.Add("experts");
        if (root.ContainsKey("quantization_config")) reasons.Add("quantized weights");
        return reasons.Count == 0 ? "" : $" ({string.Join(", ", reasons)})";
    }

    private static bool IsTrue(JsonObject root, string key) => FormatValue(root[key]) == "true";

    private static string FormatValue(JsonNode? value) => Excerpt.Of(value?.ToJsonString() ?? "missing");
}
