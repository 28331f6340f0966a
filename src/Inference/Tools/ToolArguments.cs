using System.Text.Json;
using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Inference.Tools;

/// <summary>The arguments of a tool call: an object that a model wrote, so that any of it may be wrong.</summary>
/// <param name="json">The object.</param>
public sealed class ToolArguments(JsonElement json)
{
    /// <summary>The arguments as JSON.</summary>
    public JsonElement Json => json;

    /// <summary>Returns a text. A number or a truth value counts as the text that the model wrote.</summary>
    /// <exception cref="ToolException">The argument is missing, empty, or neither text nor number.</exception>
    public string GetString(string name) =>
        GetOptionalString(name) ?? throw new ToolException($"\"{name}\" argümanı eksik.");

    /// <summary>Returns a text; null if the argument is missing, null or blank.</summary>
    /// <exception cref="ToolException">The argument is neither text nor number.</exception>
    public string? GetOptionalString(string name)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            throw new ToolException($"\"{name}\" argümanı bir metin olmalıdır.");
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>Refuses arguments that the tool does not know: they may be misspelled.</summary>
    /// <exception cref="ToolException">There is another argument.</exception>
    public void RefuseOthers(params IReadOnlyList<string> names)
    {
        foreach (var argument in json.EnumerateObject())
            if (!names.Contains(argument.Name))
                throw new ToolException(
                    $"\"{argument.Name}\" argümanı bilinmiyor. Bilinenler: {string.Join(", ", names)}.");
    }

    /// <inheritdoc/>
    public override string ToString() => CompactJson.Write(json);
}
