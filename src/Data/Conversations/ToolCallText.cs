using System.Text;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Reads tool calls as the text that the model learns: a function with its arguments in one spelling, whether the file gives the
/// arguments as an object or, as OpenAI does, as JSON in a text.
/// </summary>
/// <remarks>Spec: SFT-26.</remarks>
public static class ToolCallText
{
    private static readonly string[] Arguments = ["arguments", "args", "parameters", "input"];

    /// <summary>
    /// Writes a call that a model generated as a file with it would be read, so that the model reads what it learned.
    /// </summary>
    /// <param name="call">The call. JSON gets one spelling; anything else stays as it is.</param>
    /// <returns>The text that is learned; of JSON that is damaged, the call itself.</returns>
    public static string Normalize(string call)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            return Read(new JsonRow(default, "the tool call", 0), call);
        }
        catch (InvalidDataException)
        {
            return call;
        }
    }

    /// <summary>Reads a call given as an object, with its function inside or beside its id.</summary>
    internal static string Read(JsonRow call)
    {
        var function = call;
        if (call.Has("function"))
        {
            KnownKeys.ToolCall.Check(call);
            function = call with { Element = call.Element.GetProperty("function") };
        }
        if (function.Element.ValueKind != JsonValueKind.Object)
            throw call.CreateException(
                $"\"function\" is {JsonRow.Describe(function.Element)}, but it must be an object with name and arguments.");
        KnownKeys.Function.Check(function);
        if (string.IsNullOrWhiteSpace(function.GetString("name"))) throw call.CreateException("a tool call has no name.");
        return Write(
            function, function.Element.EnumerateObject().Where(property =>
                property.Value.ValueKind != JsonValueKind.Null
                && (property.NameEquals("name") || Array.IndexOf(Arguments, property.Name) >= 0)));
    }

    /// <summary>Reads a call given as a text. JSON gets one spelling; anything else stays as it is.</summary>
    internal static string Read(JsonRow message, string text)
    {
        if (!StartsLikeJson(text)) return text;
        using var json = Parse(message, text, "the tool call");
        return json.RootElement.ValueKind == JsonValueKind.Object
            ? Write(message, json.RootElement.EnumerateObject())
            : CompactJson.Write(json.RootElement);
    }

    // A list without objects may be an expression of Python.
    private static bool StartsLikeJson(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        return text is ['{', ..] || (text is ['[', ..] && text[1..].TrimStart() is ['{', ..]);
    }

    private static string Write(JsonRow call, IEnumerable<JsonProperty> properties)
    {
        var text = new StringBuilder("{");
        foreach (var property in properties)
        {
            if (text.Length > 1) text.Append(',');
            if (property.NameEquals("arguments") && property.Value.ValueKind == JsonValueKind.String)
                AppendArguments(text, call, property.Value.GetString()!);
            else CompactJson.Append(text, property.Name, property.Value);
        }
        return text.Append('}').ToString();
    }

    private static void AppendArguments(StringBuilder text, JsonRow call, string arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments)) arguments = "{}";
        using var json = Parse(call, arguments, "the arguments of a tool call");
        if (json.RootElement.ValueKind == JsonValueKind.String)
        {
            AppendArguments(text, call, json.RootElement.GetString()!);
            return;
        }
        if (json.RootElement.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            throw call.CreateException(
                $"the arguments of a tool call are {JsonRow.Describe(json.RootElement)}, but they must be an object.");
        CompactJson.Append(text, "arguments", json.RootElement);
    }

    private static JsonDocument Parse(JsonRow row, string text, string what) =>
        StrictJson.Parse(text.Trim(), $"{row.Location}: {what}");
}
