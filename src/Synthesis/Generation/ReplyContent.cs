using System.Text.Json;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Reads the text of a message: a string, a list of parts, or the arguments of a tool call.</summary>
internal static class ReplyContent
{
    /// <summary>Returns the text of all text parts; reasoning is not text.</summary>
    public static string ReadText(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(ReadPart)),
        JsonValueKind.Object => ReadPart(content),
        _ => "",
    };

    /// <summary>Returns the refusal among the parts of a message; otherwise an empty text.</summary>
    public static string ReadRefusal(JsonElement content) =>
        content.ValueKind != JsonValueKind.Array ? ""
            : string.Concat(content.EnumerateArray().Select(part => ReplyBody.GetString(part, "refusal")));

    /// <summary>Returns true if a part of a message is reasoning.</summary>
    public static bool HasReasoning(JsonElement content) =>
        content.ValueKind == JsonValueKind.Array
        && content
            .EnumerateArray()
            .Any(part => ReplyBody.GetString(part, "type") is "thinking" or "redacted_thinking" or "reasoning");

    /// <summary>Returns the input of the first tool call among the parts of a message; otherwise an empty text.</summary>
    public static string ReadToolInput(JsonElement content) =>
        content.ValueKind != JsonValueKind.Array ? ""
            : content
                .EnumerateArray()
                .Where(part => ReplyBody.GetString(part, "type") == "tool_use")
                .Select(part => ReadArguments(ReplyBody.Get(part, "input")))
                .FirstOrDefault("");

    /// <summary>Returns the arguments of the first tool call of a message; otherwise an empty text.</summary>
    public static string ReadToolCalls(JsonElement message)
    {
        if (ReplyBody.Get(message, "function_call") is { } legacy) return ReadArguments(ReplyBody.Get(legacy, "arguments"));
        if (ReplyBody.Get(message, "tool_calls") is not { ValueKind: JsonValueKind.Array } calls) return "";
        return calls
            .EnumerateArray()
            .Select(call => ReadArguments(ReplyBody.Get(ReplyBody.Get(call, "function") ?? call, "arguments")))
            .FirstOrDefault("");
    }

    // Some services send the arguments as an object instead of as text.
    private static string ReadArguments(JsonElement? arguments) => arguments switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Object } members => members.GetRawText(),
        _ => "",
    };

    private static string ReadPart(JsonElement part)
    {
        if (part.ValueKind == JsonValueKind.String) return part.GetString()!;
        if (ReplyBody.GetString(part, "type") is not ("" or "text" or "output_text")) return "";
        return ReplyBody.Get(part, "text") switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            { ValueKind: JsonValueKind.Object } nested => ReplyBody.GetString(nested, "value"),
            _ => "",
        };
    }
}
