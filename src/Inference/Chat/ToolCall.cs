using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;

namespace TurkishLlm.Inference.Chat;

/// <summary>A call of a tool, as programs read it.</summary>
/// <param name="Name">Name of the tool.</param>
/// <param name="Arguments">The arguments, a JSON object.</param>
public sealed record ToolCall(string Name, string Arguments)
{
    // The names under which training files give arguments.
    private static readonly string[] ArgumentNames = ["arguments", "args", "parameters", "input"];

    /// <summary>Reads a call that a model generated.</summary>
    /// <param name="text">The text after the token that begins a tool call.</param>
    /// <returns>The call; null if the text is not an object with a name, or its arguments are not an object.</returns>
    public static ToolCall? TryParse(string text)
    {
        try
        {
            using var json = StrictJson.Parse(ToolCallText.Normalize(text), "the tool call");
            var call = json.RootElement;
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("name", out var name)) return null;
            if (name.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(name.GetString())) return null;
            return FindArguments(call) is { } arguments ? new(name.GetString()!, arguments) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // Null for arguments that are not an object: without them, the call would mean something else.
    private static string? FindArguments(JsonElement call)
    {
        foreach (var name in ArgumentNames)
            if (call.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
                return value.ValueKind == JsonValueKind.Object ? CompactJson.Write(value) : null;
        return "{}";
    }
}
