using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using static System.FormattableString;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Writes a <see cref="ForeignVocabulary"/> for the Hugging Face libraries, with its own ids.</summary>
/// <param name="vocabulary">The vocabulary.</param>
public sealed class ForeignTokenizerFiles(ForeignVocabulary vocabulary) : IHuggingFaceTokenizerFiles
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly (string Key, int Id)[] _roles =
    [
        .. new (string, int?)[]
        {
            ("bos_token", vocabulary.FindId(SpecialTokens.BeginOfText)), ("eos_token", vocabulary.EndId),
            ("pad_token", vocabulary.FindId(SpecialTokens.Pad)), ("unk_token", vocabulary.FindId(SpecialTokens.Unknown)),
        }
        .Where(role => role.Item2 is not null)
        .Select(role => (role.Item1, role.Item2!.Value)),
    ];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> Ids => _roles
        .Where(role => role.Key != "unk_token")
        .ToDictionary(
            role => $"{role.Key}_id",
            role => role.Key == "eos_token" ? vocabulary.StopIds : (IReadOnlyList<int>)[role.Id], StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Write(string folder, int maxLength, double temperature, int topK)
    {
        Write(Path.Combine(folder, "tokenizer.json"), CreateTokenizer());
        var names = _roles.Select(role => KeyValuePair.Create(role.Key, (JsonNode?)JsonValue.Create(vocabulary.Tokens[role.Id])));
        Write(Path.Combine(folder, "special_tokens_map.json"), new JsonObject(names));
        var config = new JsonObject(names)
        {
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = maxLength,
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
        };
        if (vocabulary.ChatTemplate is not null) config["chat_template"] = vocabulary.ChatTemplate;
        Write(Path.Combine(folder, "tokenizer_config.json"), config);
        var generation = new JsonObject(Ids.Select(entry => KeyValuePair.Create(
            entry.Key, (JsonNode?)(entry.Value is [var only] ? only : ToArray(entry.Value.Select(id => (JsonNode)id))))))
        {
            ["do_sample"] = temperature > 0,
        };
        if (temperature > 0) (generation["temperature"], generation["top_k"]) = (temperature, topK);
        Write(Path.Combine(folder, "generation_config.json"), generation);
        if (vocabulary.ChatTemplate is not null)
            File.WriteAllText(Path.Combine(folder, HuggingFaceTokenizerFiles.TemplateName), vocabulary.ChatTemplate);
    }

    private JsonObject CreateTokenizer() => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = ToArray(GetTokens(ForeignTokenKind.Special).Select(token => new JsonObject
        {
            ["id"] = token.Id,
            ["content"] = token.Text,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        })),
        ["normalizer"] = vocabulary.NormalizesToNfc ? new JsonObject { ["type"] = "NFC" } : null,
        ["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = vocabulary.Split.Pattern },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                CreateByteLevel()),
        },
        ["post_processor"] = CreateTemplate(),
        ["decoder"] = CreateByteLevel(),
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = vocabulary.Split.IgnoresMerges,
            ["vocab"] = new JsonObject(GetTokens(ForeignTokenKind.Text).Select(token =>
                KeyValuePair.Create(token.Text, (JsonNode?)token.Id))),
            ["merges"] = ToArray(vocabulary.Merges.Select(merge => (JsonNode)merge)),
        },
    };

    private static JsonObject CreateByteLevel() => new()
    {
        ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false,
    };

    // Puts the tokens around a text that the other program puts there.
    private JsonObject? CreateTemplate()
    {
        var before = vocabulary.AddsBeginOfText ? vocabulary.FindId(SpecialTokens.BeginOfText) : null;
        var after = vocabulary.AddsEndOfText ? vocabulary.FindId(SpecialTokens.EndOfText) : null;
        if (before is null && after is null) return null;
        JsonNode[] Around(string sequence, int type) =>
        [
            .. before is { } begin ? [CreatePart("SpecialToken", vocabulary.Tokens[begin], type)] : Array.Empty<JsonNode>(),
            CreatePart("Sequence", sequence, type),
            .. after is { } end ? [CreatePart("SpecialToken", vocabulary.Tokens[end], type)] : Array.Empty<JsonNode>(),
        ];
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = ToArray(Around("A", 0)),
            ["pair"] = ToArray([.. Around("A", 0), .. Around("B", 1)]),
            ["special_tokens"] = new JsonObject(new[] { before, after }.OfType<int>().Select(id => KeyValuePair.Create(
                vocabulary.Tokens[id], (JsonNode?)new JsonObject
                {
                    ["id"] = vocabulary.Tokens[id],
                    ["ids"] = new JsonArray(id),
                    ["tokens"] = new JsonArray(vocabulary.Tokens[id]),
                }))),
        };
    }

    private static JsonObject CreatePart(string kind, string id, int type) =>
        new JsonObject { [kind] = new JsonObject { ["id"] = id, ["type_id"] = type } };

    private IEnumerable<(int Id, string Text)> GetTokens(ForeignTokenKind kind) =>
        vocabulary.Tokens.Index().Where(token => vocabulary.Kinds[token.Index] == kind);

    private static JsonArray ToArray(IEnumerable<JsonNode> nodes) => new([.. nodes]);

    private static void Write(string file, JsonObject content) =>
        File.WriteAllText(file, Invariant($"{content.ToJsonString(Options)}\n"));
}
