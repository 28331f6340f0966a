using System.Text.Json;
using TurkishLlm.Synthesis.Files;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Reads replies: one JSON object with <c>pairs</c>, and nothing around it but a fence. There is no rescue of broken text: a reply that
/// cannot be read is asked for again. A single pair that breaks the schema is rejected; the others are kept.
/// </summary>
/// <remarks>Spec: SYN-05.</remarks>
public static class ReplyParser
{
    private const int MaxTurns = 3;
    private const string LoneSurrogateProblem = "a text with half of a character";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private static readonly string[] SingleKeys = ["type", "difficulty", "question", "answer", "sources"], ConversationKeys = ["type", "difficulty", "turns", "sources"];

    /// <summary>Why a reply cannot be read; empty when it can and has at least one pair.</summary>
    public static string FindProblem(string text)
    {
        var problem = ParseDocument(text, out var reply);
        reply?.Dispose();
        return problem;
    }

    /// <summary>The pairs of a reply, and what was no pair.</summary>
    /// <param name="group">The group that was asked about.</param>
    /// <param name="shown">The chunks that were shown.</param>
    /// <param name="text">The reply.</param>
    public static (IReadOnlyList<QaPair> Pairs, IReadOnlyList<Rejection> Rejected) Parse(string group, LabeledChunks shown, string text)
    {
        ArgumentNullException.ThrowIfNull(shown);
        if (ParseDocument(text, out var reply) is { Length: > 0 } problem) return ([], [new(group, RejectionReason.Schema, problem, text)]);
        using (reply)
        {
            List<QaPair> pairs = [];
            List<Rejection> rejected = [];
            var number = 0;
            foreach (var item in reply!.RootElement.GetProperty("pairs").EnumerateArray())
            {
                var id = FormattableString.Invariant($"{group}:{++number}");
                var (pair, reason, evidence) = ParseItem(id, group, shown, item);
                if (pair is not null) pairs.Add(pair);
                else rejected.Add(new(id, reason, evidence, ToRawJson(item)));
            }
            return (pairs, rejected);
        }
    }

    private static string ParseDocument(string text, out JsonDocument? reply)
    {
        ArgumentNullException.ThrowIfNull(text);
        reply = null;
        try
        {
            reply = JsonDocument.Parse(RemoveFence(text), Strict);
        }
        catch (JsonException error)
        {
            return $"not JSON: {error.Message}";
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return LoneSurrogateProblem;
        }
        var root = reply.RootElement;
        if (!IsText(root)) return LoneSurrogateProblem;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("pairs", out var pairs) || pairs.ValueKind != JsonValueKind.Array) return "no object with an array \"pairs\"";
        if (root.EnumerateObject().Count() > 1) return $"a key beside \"pairs\": {string.Join(", ", root.EnumerateObject().Select(key => key.Name).Where(name => name != "pairs"))}";
        return pairs.GetArrayLength() == 0 ? "no pair" : "";
    }

    // JSON may escape halves of characters, which are no text.
    private static bool IsText(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.Object => element.EnumerateObject().All(member => member.Name.Length >= 0 && IsText(member.Value)),
                JsonValueKind.Array => element.EnumerateArray().All(IsText),
                JsonValueKind.String => element.GetString() is not null,
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // Letters as they are, whatever the model escaped.
    private static string ToRawJson(JsonElement item) => JsonSerializer.Serialize(item, JsonText.Options);

    private static string RemoveFence(string text)
    {
        text = text.Trim();
        if (!text.StartsWith("```", StringComparison.Ordinal) || !text.EndsWith("```", StringComparison.Ordinal) || text.IndexOf('\n', StringComparison.Ordinal) is var first && first < 0) return text;
        return text[(first + 1)..^3];
    }

    private static (QaPair? Pair, RejectionReason Reason, string Evidence) ParseItem(string id, string group, LabeledChunks shown, JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) return Bad("no object");
        var keys = item.EnumerateObject().Select(key => key.Name).ToArray();
        var expected = keys.Contains("turns") ? ConversationKeys : SingleKeys;
        if (keys.Except(expected).FirstOrDefault() is { } unknown) return Bad($"unknown key \"{unknown}\"");
        if (expected.Except(keys).FirstOrDefault() is { } missing) return Bad($"no \"{missing}\"");
        if (TurkishNames.Types.Where(type => TurkishNames.GetName(type) == GetString(item, "type")).ToArray() is not [var questionType]) return Bad($"type {GetString(item, "type")}");
        if (TurkishNames.Difficulties.Where(grade => TurkishNames.GetName(grade) == GetString(item, "difficulty")).ToArray() is not [var difficulty]) return Bad($"difficulty {GetString(item, "difficulty")}");

        var turns = ParseTurns(item);
        if (turns is null || turns.Exists(turn => turn.Question.Length == 0 || turn.Answer.Length == 0)) return Bad("a question or an answer is empty, or no text");
        if (turns.Count is 0 or > MaxTurns || turns.Count == 1 && expected == ConversationKeys) return Bad(FormattableString.Invariant($"{turns.Count} turns instead of 2 or 3"));

        var sources = item.GetProperty("sources");
        if (sources.ValueKind != JsonValueKind.Array || sources.EnumerateArray().Any(source => source.ValueKind != JsonValueKind.String)) return Bad("\"sources\" is no array of texts");
        var chunks = sources.EnumerateArray().Select(source => (Label: source.GetString()!, Chunk: shown.Find(source.GetString()!.Trim('[', ']')))).ToArray();
        if (chunks.Length == 0) return (null, RejectionReason.Source, "no source");
        if (chunks.FirstOrDefault(chunk => chunk.Chunk is null).Label is { } stranger) return (null, RejectionReason.Source, FormattableString.Invariant($"source {stranger}, but K1 … K{shown.Chunks.Count} were shown"));
        return (new(id, group, questionType, difficulty, turns, [.. chunks.Select(chunk => chunk.Chunk!.ChunkId).Distinct()]), default, "");

        static (QaPair?, RejectionReason, string) Bad(string evidence) => (null, RejectionReason.Schema, evidence);
    }

    private static List<QaTurn>? ParseTurns(JsonElement item)
    {
        if (!item.TryGetProperty("turns", out var turns)) return [new(GetString(item, "question"), GetString(item, "answer"))];
        if (turns.ValueKind != JsonValueKind.Array) return null;
        return turns.EnumerateArray().Any(turn => turn.ValueKind != JsonValueKind.Object || turn.EnumerateObject().Select(key => key.Name).Order(StringComparer.Ordinal).SequenceEqual(["answer", "question"]) is false)
            ? null : [.. turns.EnumerateArray().Select(turn => new QaTurn(GetString(turn, "question"), GetString(turn, "answer")))];
    }

    private static string GetString(JsonElement item, string key) =>
        item.GetProperty(key) is { ValueKind: JsonValueKind.String } value ? TextNormalizer.ToNfc(value.GetString()!).Trim() : "";
}
