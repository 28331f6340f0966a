using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Parses replies: one JSON object with <c>pairs</c>, optionally after reasoning and within a code fence. Malformed text is not
/// repaired; the reply is requested again. A single pair that violates the schema is rejected, and the others are kept.
/// </summary>
/// <remarks>Spec: SYN-05.</remarks>
public static class ReplyParser
{
    private const int MaxTurns = 3;

    private static readonly string[] SingleKeys = ["type", "difficulty", "question", "answer", "sources"],
        ConversationKeys = ["type", "difficulty", "turns", "sources"];

    /// <summary>Returns why a reply is unreadable; empty if it can be parsed and has at least one pair.</summary>
    public static string FindProblem(string text)
    {
        var problem = ParseDocument(text, out var reply);
        reply?.Dispose();
        return problem;
    }

    /// <summary>Parses the pairs of a reply and the rejected items.</summary>
    /// <param name="group">The group of the request.</param>
    /// <param name="shown">The chunks in the request.</param>
    /// <param name="text">The text of the reply.</param>
    public static (IReadOnlyList<QaPair> Pairs, IReadOnlyList<Rejection> Rejected) Parse(
        string group, LabeledChunks shown, string text)
    {
        ArgumentNullException.ThrowIfNull(shown);
        if (ParseDocument(text, out var reply) is { Length: > 0 } problem)
            return ([], [new(group, RejectionReason.Schema, problem, text)]);
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
            reply = StrictJson.Parse(ReplyText.Unwrap(text), "the reply");
        }
        catch (InvalidDataException error)
        {
            return error.Message;
        }
        var root = reply.RootElement;
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("pairs", out var pairs)
            || pairs.ValueKind != JsonValueKind.Array)
            return "not an object with an array \"pairs\"";
        if (root.EnumerateObject().Count() > 1)
            return "unexpected keys other than \"pairs\": "
                + $"{string.Join(", ", root.EnumerateObject().Select(key => key.Name).Where(name => name != "pairs"))}";
        return pairs.GetArrayLength() == 0 ? "the array \"pairs\" is empty" : "";
    }

    // Unescaped letters, even if the model escaped them.
    private static string ToRawJson(JsonElement item) => JsonSerializer.Serialize(item, JsonText.Options);

    private static (QaPair? Pair, RejectionReason Reason, string Evidence) ParseItem(
        string id, string group, LabeledChunks shown, JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) return Reject("not an object");
        var keys = item.EnumerateObject().Select(key => key.Name).ToArray();
        var expected = keys.Contains("turns") ? ConversationKeys : SingleKeys;
        if (keys.Except(expected).FirstOrDefault() is { } unknown) return Reject($"unknown key \"{unknown}\"");
        if (expected.Except(keys).FirstOrDefault() is { } missing) return Reject($"missing key \"{missing}\"");
        if (
            TurkishNames.Types.Where(type => TurkishNames.GetName(type) == GetString(item, "type")).ToArray()
            is not [var questionType])
            return Reject($"unknown type {GetString(item, "type")}");
        if (
            TurkishNames.Difficulties.Where(grade => TurkishNames.GetName(grade) == GetString(item, "difficulty")).ToArray()
            is not [var difficulty])
            return Reject($"unknown difficulty {GetString(item, "difficulty")}");

        var turns = ParseTurns(item);
        if (turns is null || turns.Exists(turn => turn.Question.Length == 0 || turn.Answer.Length == 0))
            return Reject("a question or an answer is empty or not a text");
        if (turns.Count is 0 or > MaxTurns || turns.Count == 1 && expected == ConversationKeys)
            return Reject($"{Quantity.Format(turns.Count, "turn")}, must be 2 or 3");

        var sources = item.GetProperty("sources");
        if (
            sources.ValueKind != JsonValueKind.Array
            || sources.EnumerateArray().Any(source => source.ValueKind != JsonValueKind.String))
            return Reject("\"sources\" is not an array of texts");
        var chunks = sources
            .EnumerateArray()
            .Select(source => (Label: source.GetString()!, Chunk: shown.Find(source.GetString()!.Trim('[', ']'))))
            .ToArray();
        if (chunks.Length == 0) return (null, RejectionReason.Source, "no source");
        if (chunks.FirstOrDefault(chunk => chunk.Chunk is null).Label is { } unknownLabel)
            return (
                null, RejectionReason.Source,
                FormattableString.Invariant($"source {unknownLabel}, but K1 … K{shown.Chunks.Count} were shown"));
        return (
            new(id, group, questionType, difficulty, turns, [.. chunks.Select(chunk => chunk.Chunk!.ChunkId).Distinct()]),
            default, "");

        static (QaPair?, RejectionReason, string) Reject(string evidence) => (null, RejectionReason.Schema, evidence);
    }

    private static List<QaTurn>? ParseTurns(JsonElement item)
    {
        if (!item.TryGetProperty("turns", out var turns)) return [new(GetString(item, "question"), GetString(item, "answer"))];
        if (turns.ValueKind != JsonValueKind.Array) return null;
        return turns
            .EnumerateArray()
            .Any(turn =>
                turn.ValueKind != JsonValueKind.Object
                || turn.EnumerateObject()
                    .Select(key => key.Name)
                    .Order(StringComparer.Ordinal)
                    .SequenceEqual(["answer", "question"])
                    is false)
            ? null
            : [.. turns.EnumerateArray().Select(turn => new QaTurn(GetString(turn, "question"), GetString(turn, "answer")))];
    }

    private static string GetString(JsonElement item, string key) =>
        item.GetProperty(key) is { ValueKind: JsonValueKind.String } value ? ReadableText.Create(value.GetString()!).Trim() : "";
}
