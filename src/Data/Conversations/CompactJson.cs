using System.Globalization;
using System.Text;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Writes JSON in one spelling, so that equal values become equal tokens: no blanks, keys in their order, letters unescaped,
/// numbers as they were written.
/// </summary>
/// <remarks>The encoders of System.Text.Json escape emoji and rare spaces, which a model would learn.</remarks>
public static class CompactJson
{
    /// <summary>Writes a value.</summary>
    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>Writes a text with its quotation marks.</summary>
    public static string WriteString(string value)
    {
        var text = new StringBuilder();
        AppendString(text, value);
        return text.ToString();
    }

    /// <summary>Writes the beginning of a value for a message.</summary>
    public static string WriteExcerpt(JsonElement value) => Excerpt.Of(Write(value), 60);

    /// <summary>Appends a value.</summary>
    /// <param name="text">Receives the JSON.</param>
    /// <param name="value">The value.</param>
    /// <param name="edit">Changes strings, but not keys; null to keep them.</param>
    public static void Append(StringBuilder text, JsonElement value, Func<string, string>? edit = null)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendList(
                    text, '{', '}', value.EnumerateObject(), property => Append(text, property.Name, property.Value, edit));
                break;
            case JsonValueKind.Array:
                AppendList(text, '[', ']', value.EnumerateArray(), item => Append(text, item, edit));
                break;
            case JsonValueKind.String:
                AppendString(text, edit is null ? value.GetString()! : edit(value.GetString()!));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    /// <summary>Appends a key with its value.</summary>
    public static void Append(StringBuilder text, string name, JsonElement value, Func<string, string>? edit = null)
    {
        AppendString(text, name);
        text.Append(':');
        Append(text, value, edit);
    }

    private static void AppendList<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst) text.Append(',');
            isFirst = false;
            append(item);
        }
        text.Append(close);
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var letter in value)
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => text.Append(letter),
            };
        text.Append('"');
    }
}
