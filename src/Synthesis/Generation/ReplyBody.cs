using System.Text.Json;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Reads the body of a reply. The shape of the body decides, not the protocol that was requested: services differ from the
/// protocol in what they omit, in the types of numbers, and in where they put the text.
/// </summary>
internal static class ReplyBody
{
    private const int MaxShown = 60;

    /// <summary>Reads a body. Nothing in it makes this method throw.</summary>
    public static ModelReply Read(string body)
    {
        var text = body.TrimStart('\uFEFF', ' ', '\t', '\r', '\n').TrimEnd();
        if (text.Length == 0) return ModelReply.Damaged("the body is empty");
        try
        {
            if (!EventStream.IsEventStream(text)) return ReadJson(text);
            var joined = EventStream.Join(text);
            return joined.Count > 0 ? ReadJson(joined.ToJsonString()) : ModelReply.Damaged("the event stream has no event");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return ModelReply.Damaged(
                text[0] is '{' or '[' ? $"the body is invalid or incomplete JSON: {error.Message}"
                    : $"the body is not JSON; it starts with {Show(text)}");
        }
    }

    /// <summary>Reads a body that is part of another JSON value, as in the results of a batch.</summary>
    public static ModelReply Read(JsonElement body)
    {
        if (body.ValueKind == JsonValueKind.String) return Read(body.GetString()!);
        if (body is { ValueKind: JsonValueKind.Array } && body.GetArrayLength() == 1) body = body[0];
        if (body.ValueKind != JsonValueKind.Object) return ModelReply.Damaged($"the body is a JSON {Name(body.ValueKind)}");
        var usage = ReadUsage(body);
        return ReadText(body) with { InputTokens = usage.Input, OutputTokens = usage.Output };
    }

    private static ModelReply ReadText(JsonElement body)
    {
        try
        {
            return ReadReply(body);
        }
        catch (InvalidOperationException)
        {
            return new("", null, null, "") { Problem = "a text with a lone surrogate" };
        }
    }

    private static ModelReply ReadJson(string text)
    {
        using var json = ServiceJson.Parse(text);
        return Read(json.RootElement);
    }

    private static ModelReply ReadReply(JsonElement body)
    {
        if (Get(body, "choices") is { ValueKind: JsonValueKind.Array } choices && choices.GetArrayLength() > 0)
            return ReadChoice(choices[0]);
        if (IsError(body)) return ModelReply.Failed(ServiceError.Read(0, body));
        if (Get(body, "content") is { ValueKind: JsonValueKind.Array or JsonValueKind.String } content)
            return CreateReply(
                ReplyContent.ReadText(content), ReplyContent.ReadToolInput(content), "", ReplyContent.HasReasoning(content),
                GetString(body, "stop_reason"));
        return new("", null, null, GetString(body, "stop_reason"))
        {
            Problem = body.TryGetProperty("choices", out _) ? "the reply has no choice"
                : "the body is in an unknown format; its keys are "
                    + string.Join(", ", body.EnumerateObject().Take(8).Select(member => member.Name)),
        };
    }

    private static ModelReply ReadChoice(JsonElement choice)
    {
        if (choice.ValueKind != JsonValueKind.Object) return ModelReply.Damaged("the first choice is not an object");
        var stop = GetString(choice, "finish_reason");
        if (Get(choice, "error") is { ValueKind: JsonValueKind.Object or JsonValueKind.String } error)
            return ModelReply.Failed(ServiceError.Read(0, error));
        if (stop is "error" or "network_error" or "insufficient_system_resource")
            return ModelReply.Failed(new(0, [stop], "the service stopped in the middle of the reply"));
        if (Get(choice, "message") is not { ValueKind: JsonValueKind.Object } message)
            return CreateReply(GetString(choice, "text"), "", "", false, stop);
        var content = Get(message, "content");
        var reasoning = ReadReasoning(message);
        return CreateReply(
            content is { } parts ? ReplyContent.ReadText(parts) : "",
            ReplyContent.ReadToolCalls(message) is { Length: > 0 } call ? call : AsAnswer(reasoning),
            GetString(message, "refusal") is { Length: > 0 } refusal ? refusal
                : content is { } refused ? ReplyContent.ReadRefusal(refused) : "",
            reasoning.Length > 0 || content is { } thought && ReplyContent.HasReasoning(thought),
            stop);
    }

    private static ModelReply CreateReply(string text, string other, string refusal, bool hasReasoning, string stop)
    {
        if (text.Trim().Length == 0) text = other;
        var reply = new ModelReply(text, null, null, stop);
        if (text.Trim().Length > 0) return reply;
        if (refusal.Length > 0)
            return reply with { Kind = ReplyKind.Refusal, Problem = $"the model refuses: {Show(refusal, 200)}" };
        if (IsFilter(stop))
            return reply with { Kind = ReplyKind.Refusal, Problem = $"the service withholds the reply ({stop})" };
        return reply with
        {
            Problem =
                (hasReasoning ? "the reply has only reasoning and no text" : "the reply has no text")
                + (stop.Length > 0 ? $" (the model stopped with {Show(stop)})" : ""),
        };
    }

    /// <summary>Returns true if the reply was stopped because of its content.</summary>
    public static bool IsFilter(string stop) =>
        stop is "content_filter" or "content_filtered" or "refusal" or "safety" or "sensitive" or "prohibited_content"
            or "recitation" or "blocklist";

    /// <summary>Returns true if the reply was cut off at the maximum number of tokens.</summary>
    public static bool IsCutOff(string stop) => stop is "length" or "max_tokens" or "max_output_tokens";

    // Reasoning parsers take a whole answer for reasoning if the request switches reasoning off.
    private static string AsAnswer(string reasoning) =>
        reasoning.Trim() is ['{', .., '}'] answer ? answer : "";

    private static string ReadReasoning(JsonElement message) =>
        GetString(message, "reasoning_content") is { Length: > 0 } text ? text : GetString(message, "reasoning");

    private static bool IsError(JsonElement body) =>
        Get(body, "error") is { ValueKind: JsonValueKind.Object or JsonValueKind.String }
        || GetString(body, "object") == "error"
        || GetString(body, "type") == "error"
        || Get(body, "choices") is null
            && Get(body, "content") is null
            && (Get(body, "message") is { ValueKind: JsonValueKind.String } || Get(body, "detail") is not null
                || Get(body, "errors") is not null);

    private static (long? Input, long? Output) ReadUsage(JsonElement body)
    {
        if (Get(body, "usage") is not { ValueKind: JsonValueKind.Object } usage) return (null, null);
        var input = ReadCount(usage, "prompt_tokens") ?? ReadCount(usage, "input_tokens");
        // Anthropic counts cached tokens apart from input tokens.
        if (input is not null && Get(usage, "input_tokens") is not null)
            input += (ReadCount(usage, "cache_creation_input_tokens") ?? 0) + (ReadCount(usage, "cache_read_input_tokens") ?? 0);
        return (input, ReadCount(usage, "completion_tokens") ?? ReadCount(usage, "output_tokens"));
    }

    private static long? ReadCount(JsonElement usage, string key)
    {
        const decimal largest = 1_000_000_000;
        if (Get(usage, key) is not { } value) return null;
        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString()!,
            _ => "",
        };
        return decimal.TryParse(
                text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var count)
            && count is >= 0 and <= largest
            ? (long)Math.Ceiling(count) : null;
    }

    internal static JsonElement? Get(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value)
        && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value : null;

    internal static string GetString(JsonElement element, string key) =>
        Get(element, key) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";

    internal static string Show(string text, int length = MaxShown)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= length ? $"\"{line}\"" : $"\"{new string(line.AsSpan(0, length)).TrimEnd()}…\"";
    }

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
