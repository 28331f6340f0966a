using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// The keys of one kind of object: those that are read, and those that must not occur because they would change what is learned.
/// Keys of identity and origin are ignored, and all others are counted.
/// </summary>
internal sealed class KnownKeys
{
    /// <summary>Keys of identity and origin, which do not change what is learned.</summary>
    public static IReadOnlySet<string> Metadata { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "id", "_id", "uid", "uuid", "idx", "index", "row_idx", "prompt_id", "question_id", "conversation_id", "group_id",
        "chunk_id", "tool_call_id", "source", "sources", "context_ids", "url", "dataset", "category", "categories", "topic",
        "tags", "type", "kind", "domain", "subject", "rule", "lang", "language", "license", "author", "created", "created_at",
        "timestamp", "date", "updated_at", "version", "metadata", "meta", "extra", "note", "notes", "comment", "difficulty",
        "zorluk", "model", "annotations", "object", "parallel_tool_calls", "tool_choice",
    };

    private readonly string _place;
    private readonly HashSet<string> _read;
    private readonly KeyRule[] _rules;

    private KnownKeys(string place, IEnumerable<string> read, params KeyRule[] rules) =>
        (_place, _read, _rules) = (place, new(read, StringComparer.Ordinal), rules);

    public static KnownKeys Messages { get; } = Row(["messages", LearnedKey.RowMask, .. SystemKeys]);

    public static KnownKeys ShareGpt { get; } = Row(["conversations", LearnedKey.RowMask, .. SystemKeys]);

    public static KnownKeys Alpaca { get; } =
        Row(["instruction", "input", "output", "response", "context", "history", "text", .. SystemKeys], hasContext: true);

    public static KnownKeys Completion { get; } =
        Row(["prompt", "completion", "response", "context", .. SystemKeys], hasContext: true);

    public static KnownKeys Pair { get; } = Row(SystemKeys, hasContext: true);

    public static KnownKeys Labeled { get; } = Row(["text", "label", .. SystemKeys]);

    public static KnownKeys Extraction { get; } = Row(["text", "entities", "fields", .. SystemKeys]);

    public static KnownKeys Markup { get; } = Row(["text"]);

    public static KnownKeys Preference { get; } =
        new(
            "", ["prompt", "messages", "conversations", "chosen", "rejected", .. SystemKeys, .. EvaluationKeys],
            [KeyRule.RowWeight, KeyRule.Tools, KeyRule.Media, KeyRule.Reasoning, KeyRule.Documents]);

    public static KnownKeys LabeledAnswer { get; } =
        new(
            "", ["prompt", "messages", "conversations", "completion", "label", .. SystemKeys, .. EvaluationKeys],
            [KeyRule.RowWeight, KeyRule.Tools, KeyRule.Media, KeyRule.Reasoning, KeyRule.Documents]);

    public static KnownKeys Tokens { get; } =
        new(
            "", ["input_ids", "labels", "length", "num_tokens"],
            [
                KeyRule.RowWeight, KeyRule.Media, KeyRule.Preference, KeyRule.AttentionMask,
                new(
                    ["loss_mask", "assistant_masks", "completion_mask", "position_ids", "token_type_ids", "seq_lengths"],
                    "labels alone say what is learned, and every row is one example"),
            ]);

    public static KnownKeys OasstTree { get; } = new("", ["message_tree_id", "tree_state", "prompt", "origin"]);

    public static KnownKeys OasstMessage { get; } = new(
        "",
        [
            "message_id", "parent_id", "message_tree_id", "tree_state", "user_id", "created_date", "text", "role", "rank",
            "replies", "deleted", "review_count", "review_result", "synthetic", "model_name", "detoxify", "emojis", "labels",
            "events",
        ], KeyRule.Media);

    public static KnownKeys Message { get; } = new(
        "messages[].",
        [
            "role", "from", "content", "value", "context", "name", "tool_call", "tool_calls", "function_call", "refusal",
            .. LearnedKey.Names,
        ],
        [
            KeyRule.Tools, KeyRule.Media, KeyRule.Reasoning, KeyRule.Documents,
            new(
                ["train_detail", "training_detail", "mask"],
                "parts of an answer cannot be excluded. Use \"weight\": 0 for a whole answer"),
        ]);

    public static KnownKeys Turn { get; } = new(
        "turns[].", LearnedKey.Names,
        [KeyRule.Tools, KeyRule.Media, KeyRule.Reasoning, KeyRule.Documents, KeyRule.Preference]);

    public static KnownKeys Part { get; } = new("content[].", ["type", "text", "content", "refusal"], [KeyRule.Media]);

    public static KnownKeys ToolCall { get; } = new("tool_calls[].", ["function"]);

    public static KnownKeys Function { get; } = new("function.", ["name", "arguments", "args", "parameters", "input"]);

    private static string[] SystemKeys => ["system", "system_prompt", "system_message"];

    private static string[] EvaluationKeys => ["choices", "answers"];

    /// <summary>Refuses keys that would change what is learned, and counts those that are not known.</summary>
    /// <param name="row">The object.</param>
    /// <param name="alsoRead">Names that the caller also reads.</param>
    public void Check(JsonRow row, params ReadOnlySpan<string?> alsoRead)
    {
        foreach (var key in row.Element.EnumerateObject())
        {
            if (key.Value.ValueKind == JsonValueKind.Null || _read.Contains(key.Name) || alsoRead.Contains(key.Name)) continue;
            if (Array.Find(_rules, rule => rule.Has(key.Name)) is { } rule) rule.Check(row, key);
            else if (!Metadata.Contains(key.Name)) row.Unknown?.Add(_place + key.Name);
        }
    }

    private static KnownKeys Row(IEnumerable<string> read, bool hasContext = false) => new(
        "", [.. read, .. EvaluationKeys],
        [
            KeyRule.RowWeight, KeyRule.Desirable, KeyRule.Preference, KeyRule.Tools, KeyRule.Media, KeyRule.Reasoning,
            KeyRule.Documents, .. hasContext ? Array.Empty<KeyRule>() : [KeyRule.Context],
        ]);
}
