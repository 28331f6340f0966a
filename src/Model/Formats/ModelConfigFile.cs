using System.Globalization;
using System.Text;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// <c>config.json</c>: a <see cref="ModelConfig"/> as a JSON object with one key per value. All keys are required but
/// <c>absent_tokens</c>, which only imported models have, and <c>reward_head</c>, which only reward models have; no others are
/// allowed.
/// </summary>
/// <remarks>Keys: reference report, sections 2 and 16; <c>norm_eps</c> is our addition.</remarks>
public static class ModelConfigFile
{
    internal const string VocabSize = "vocab_size", DModel = "d_model", NLayers = "n_layers", NHeads = "n_heads",
        NKvHeads = "n_kv_heads", DFf = "d_ff", MaxSeqLen = "max_seq_len", Dropout = "dropout",
        WeightTying = "weight_tying", NormEps = "norm_eps", AbsentTokensKey = "absent_tokens",
        RewardHead = "reward_head";

    /// <summary>The required keys, in the order of the file.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        [VocabSize, DModel, NLayers, NHeads, NKvHeads, DFf, MaxSeqLen, Dropout, WeightTying, NormEps];

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not a JSON object.</exception>
    /// <exception cref="ConfigurationException">
    /// A key is unknown, missing or of the wrong type, or a value is out of range; the exception lists all problems.
    /// </exception>
    public static ModelConfig Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no model configuration {file}.", file);
        FileContent.RefusePlaceholder(file);
        return Parse(TextFile.ReadAllUtf8(file), file);
    }

    /// <summary>Parses a configuration from UTF-8 text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">File name for error messages.</param>
    /// <exception cref="InvalidDataException">The text is not a JSON object.</exception>
    /// <exception cref="ConfigurationException">
    /// A key is unknown, missing or of the wrong type, or a value is out of range; the exception lists all problems.
    /// </exception>
    public static ModelConfig Parse(ReadOnlyMemory<byte> json, string file)
    {
        using var document = StrictJson.Parse(json, file);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{file}: a model configuration must be a JSON object, but this is "
                + $"{document.RootElement.ValueKind}.");
        return new Fields(document.RootElement, file).ToConfig();
    }

    /// <summary>Serializes a configuration as UTF-8 JSON; equal configurations give equal bytes.</summary>
    public static byte[] ToJson(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        object[] values =
        [
            config.VocabSize, config.DModel, config.NLayers, config.NHeads, config.NKvHeads, config.DFf, config.MaxSeqLen,
            config.Dropout, config.TieEmbeddings ? "true" : "false", config.NormEps,
        ];
        var lines = Keys.Zip(values, (key, value) => string.Create(CultureInfo.InvariantCulture, $"  \"{key}\": {value}"));
        if (config.AbsentTokens.Count > 0) lines = lines.Append($"  \"{AbsentTokensKey}\": [{config.AbsentTokens}]");
        if (config.HasRewardHead) lines = lines.Append($"  \"{RewardHead}\": true");
        return Encoding.UTF8.GetBytes($"{{\n{string.Join(",\n", lines)}\n}}\n");
    }

    /// <summary>Writes a configuration to a file, replacing an existing one.</summary>
    public static void Write(string file, ModelConfig config) => File.WriteAllBytes(file, ToJson(config));

    private sealed class Fields
    {
        private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
        private readonly List<ConfigurationProblem> _problems = [];
        private readonly string _file;

        public Fields(JsonElement root, string file)
        {
            _file = file;
            foreach (var property in root.EnumerateObject())
                if (property.Name is not (AbsentTokensKey or RewardHead) && !Keys.Contains(property.Name))
                    Report(
                        $"unknown key \"{Excerpt.Of(property.Name)}\".{SpellingSuggestions.FormatHint(property.Name, [.. Keys])}",
                        property.Name);
                else _values.Add(property.Name, property.Value);
        }

        public ModelConfig ToConfig()
        {
            int vocab = ReadInteger(VocabSize),
                width = ReadInteger(DModel),
                layers = ReadInteger(NLayers),
                heads = ReadInteger(NHeads),
                kvHeads = ReadInteger(NKvHeads), inner = ReadInteger(DFf), length = ReadInteger(MaxSeqLen);
            double dropout = ReadNumber(Dropout), eps = ReadNumber(NormEps);
            var tied = ReadBoolean(WeightTying);
            var absent = ReadAbsentTokens();
            var rewards = _values.ContainsKey(RewardHead) && ReadBoolean(RewardHead);
            ConfigurationException.ThrowIfAny(_problems);

            try
            {
                return new ModelConfig(vocab, width, layers, heads, kvHeads, inner, length, dropout, tied, eps, absent, rewards);
            }
            catch (ConfigurationException error)
            {
                throw new ConfigurationException(error.Problems.Select(p => p with { Location = _file }));
            }
        }

        private int ReadInteger(string key) =>
            Find(key) is not { } value ? 0
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
            : ReportWrongKind<int>(key, value, "a whole number");

        private double ReadNumber(string key) =>
            Find(key) is not { } value ? 0
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number
            : ReportWrongKind<double>(key, value, "a number");

        private bool ReadBoolean(string key) =>
            Find(key) is { } value
            && (value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? value.GetBoolean() : ReportWrongKind<bool>(key, value, "true or false"));

        private AbsentTokens ReadAbsentTokens()
        {
            if (!_values.TryGetValue(AbsentTokensKey, out var value)) return default;
            if (value.ValueKind != JsonValueKind.Array
                || value.EnumerateArray().Any(id => id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out _)))
                return ReportWrongKind<AbsentTokens>(AbsentTokensKey, value, "a list of ids");
            try
            {
                return new AbsentTokens(value.EnumerateArray().Select(id => id.GetInt32()));
            }
            catch (ConfigurationException error)
            {
                Report($"{AbsentTokensKey}: {error.Message}", AbsentTokensKey);
                return default;
            }
        }

        private JsonElement? Find(string key)
        {
            if (_values.TryGetValue(key, out var value)) return value;
            Report($"{key} is missing.", key);
            return null;
        }

        private T? ReportWrongKind<T>(string key, JsonElement value, string expected)
        {
            Report($"{key} is {Excerpt.Of(value.GetRawText())}, but it must be {expected}.", key);
            return default;
        }

        private void Report(string text, string key) => _problems.Add(new(text, key) { Location = _file });
    }
}
