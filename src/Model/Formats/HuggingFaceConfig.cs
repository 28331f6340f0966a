using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// <c>config.json</c> as a Hugging Face directory has it: the usual keys where there are such, and a model type of our own.
/// Grouped-query attention with ALiBi and SwiGLU is none of their classes; a name such as <c>llama</c> would let other tools
/// load the weights and compute something else with them, with rotary positions.
/// </summary>
/// <remarks>Source: transformers, configuration_llama.py, for the names of the keys.</remarks>
public static class HuggingFaceConfig
{
    /// <summary>Names this architecture; no class of the transformers library has it.</summary>
    public const string ModelType = "turkishllm";

    private const string TypeKey = "model_type";

    // Their key of each of ours.
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["vocab_size"] = ModelConfigFile.VocabSize, ["hidden_size"] = ModelConfigFile.DModel, ["num_hidden_layers"] = ModelConfigFile.NLayers,
        ["num_attention_heads"] = ModelConfigFile.NHeads, ["num_key_value_heads"] = ModelConfigFile.NKvHeads, ["intermediate_size"] = ModelConfigFile.DFf,
        ["max_position_embeddings"] = ModelConfigFile.MaxSeqLen, ["dropout"] = ModelConfigFile.Dropout,
        ["tie_word_embeddings"] = ModelConfigFile.WeightTying, ["rms_norm_eps"] = ModelConfigFile.NormEps,
    };

    // What is the same in every model of ours. A file that says otherwise is of another architecture.
    private static readonly Dictionary<string, JsonNode> FixedValues = new(StringComparer.Ordinal)
    {
        ["position_embedding_type"] = "alibi", ["alibi_slopes"] = "2^(-8i/n), i = 1 ... n", ["hidden_act"] = "silu", ["mlp_type"] = "swiglu",
        ["norm_type"] = "rmsnorm", ["norm_position"] = "pre", ["attention_bias"] = false, ["mlp_bias"] = false,
    };

    /// <summary>True when a configuration is of this kind and not a <see cref="ModelConfigFile"/>.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON.</exception>
    public static bool CanRead(string file) => Read(file, File.ReadAllBytes(file)).ContainsKey(TypeKey);

    /// <summary>The configuration as UTF-8 JSON text; the same bytes for the same configuration.</summary>
    /// <param name="config">The model.</param>
    /// <param name="type">Number type of the weights beside it.</param>
    /// <param name="specialTokenIds">Ids of special tokens by their usual key, such as <c>bos_token_id</c>.</param>
    public static byte[] ToJson(ModelConfig config, SafetensorsDtype type, IReadOnlyDictionary<string, int> specialTokenIds)
    {
        var own = JsonNode.Parse(ModelConfigFile.ToJson(config))!.AsObject();
        var root = new JsonObject { ["architectures"] = new JsonArray("TurkishLlmForCausalLM"), [TypeKey] = ModelType };
        foreach (var (theirs, ours) in Keys) root[theirs] = own[ours]!.DeepClone();
        root["head_dim"] = config.HeadDim;
        foreach (var (key, value) in FixedValues) root[key] = value.DeepClone();
        foreach (var (key, id) in specialTokenIds) root[key] = id;
        root["torch_dtype"] = type == SafetensorsDtype.BF16 ? "bfloat16" : "float32";
        return Encoding.UTF8.GetBytes(root.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>Reads a configuration of <see cref="ToJson"/>. Keys that other tools added are left alone.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON, lacks a key, or is of another architecture.</exception>
    /// <exception cref="ConfigurationException">A value is of the wrong kind or out of range.</exception>
    public static ModelConfig Read(string file)
    {
        var root = Read(file, File.ReadAllBytes(file));
        if (FormatValue(root[TypeKey]) is var type && type != $"\"{ModelType}\"")
            throw new InvalidDataException(
                $"{file}: {TypeKey} is {type}, another architecture: its weights would mean something else here. Only models of type \"{ModelType}\" are read, as `turkishllm checkpoint export --format hf` writes them.");
        var others = FixedValues.Where(fact => FormatValue(root[fact.Key]) != FormatValue(fact.Value)).Select(fact => $"{fact.Key} is {FormatValue(root[fact.Key])}, not {FormatValue(fact.Value)}").ToArray();
        if (others.Length > 0) throw new InvalidDataException($"{file} describes another architecture: {string.Join("; ", others)}.");

        var missing = Keys.Keys.Where(key => !root.ContainsKey(key)).ToArray();
        if (missing.Length > 0) throw new InvalidDataException($"{file} lacks {string.Join(", ", missing)}.");

        var own = new JsonObject();
        foreach (var (theirs, ours) in Keys) own[ours] = root[theirs]?.DeepClone();
        return ModelConfigFile.Parse(Encoding.UTF8.GetBytes(own.ToJsonString()), file);
    }

    private static JsonObject Read(string file, byte[] json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new InvalidDataException($"{file}: a model configuration is a JSON object.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{file}: not JSON: {error.Message}", error);
        }
    }

    private static string FormatValue(JsonNode? value) => value?.ToJsonString() ?? "missing";
}
