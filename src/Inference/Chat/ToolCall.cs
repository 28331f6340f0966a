using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;

namespace TurkishLlm.Inference.Chat;

/// <summary>A call of a tool, as programs read it.</summary>
/// <param name="Name">Name of the tool.</param>
/// <param name="Arguments">The arguments, a JSON object.</param>
public sealed record ToolCall(string Name, string Arguments)
{
    /// <summary>Reads a call that a model generated.</summary>
    /// <param name="text">The text after the token that begins a tool call.</param>
    /// <returns>The call; null if the text is not an object with a name.</returns>
    public static ToolCall? TryParse(string text)
    {
        try
        {
            using var json = StrictJson.Parse(text, "the tool call");
            var call = json.RootElement;
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("name", out var name)) return null;
            if (name.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(name.GetString())) return null;
            var arguments = FindArguments(call);
            return new(name.GetString()!, arguments);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // The names under which training files give arguments.
    private static string FindArguments(JsonElement call)
    {
        foreach (var name in (string[])["arguments", "args", "parameters", "input"])
            if (call.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object)
                return CompactJson.Write(value);
        return "{}";
    }
}
