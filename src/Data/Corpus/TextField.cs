using System.Text;
using System.Text.Json;

namespace TurkishLlm.Data.Corpus;

/// <summary>Finds the text in the rows of JSON and Parquet.</summary>
/// <param name="name">Name of the field; empty to look for the usual names.</param>
internal sealed class TextField(string name)
{
    private static readonly string[] Names = ["text", "content", "raw_content", "document"];
    private static readonly string[] Conversations = ["messages", "conversations", "conversation", "prompt", "instruction"];

    private readonly string[] _names = name.Length > 0 ? [name] : Names;

    /// <summary>Returns the text of a row as UTF-8, with <c>\n</c> between lines.</summary>
    /// <param name="row">An object that has the field; the name may be a path, such as <c>data.text</c>. Or a string.</param>
    /// <param name="location">File and line of the row in errors.</param>
    /// <exception cref="InvalidDataException">The row has no text.</exception>
    public byte[] Read(JsonElement row, string location)
    {
        if (row.ValueKind == JsonValueKind.String && name.Length == 0) return Normalize(row.GetString()!, location);
        if (row.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException(
                $"{location}: the row is {Describe(row.ValueKind)}, but it must be an object with a text.");
        foreach (var key in _names)
            if (Find(row, key) is { } value)
                return value.ValueKind == JsonValueKind.String
                    ? Normalize(value.GetString()!, location)
                    : throw new InvalidDataException(
                        $"{location}: \"{key}\" is {Describe(value.ValueKind)}, but it must be a text.");
        throw CreateMissingException(row.EnumerateObject().Select(member => member.Name), location, "row");
    }

    /// <summary>Returns the name of the column with the text.</summary>
    /// <param name="columns">Names of all columns.</param>
    /// <param name="path">The file in errors.</param>
    /// <exception cref="InvalidDataException">No column has the text.</exception>
    public string Choose(IReadOnlyList<string> columns, string path) =>
        _names.FirstOrDefault(columns.Contains) ?? throw CreateMissingException(columns, path, "table");

    /// <summary>Returns the text of a document as UTF-8, with <c>\n</c> between lines and no blank line at either end.</summary>
    /// <exception cref="InvalidDataException">The text contains U+0000.</exception>
    public static byte[] Normalize(string text, string location)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new InvalidDataException($"{location}: the text contains U+0000, so it is not text.");
        return Encoding.UTF8.GetBytes(
            text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd().TrimStart('\n', '\uFEFF'));
    }

    private InvalidDataException CreateMissingException(IEnumerable<string> keys, string location, string what)
    {
        var found = keys.ToArray();
        var (kind, kinds) = what == "row" ? ("key", "keys") : ("column", "columns");
        var has = found.Length switch
        {
            0 => $"no {kinds}",
            1 => $"the {kind} {found[0]}",
            _ => $"the {kinds} {string.Join(", ", found.Take(8))}{(found.Length > 8 ? ", …" : "")}",
        };
        var advice = name.Length == 0 && found.Intersect(Conversations).Any()
            ? "Conversations are for fine-tuning (sft in a training plan); to prepare one field of them, name it with "
                + "--text-field."
            : $"Name the {kind} of the text with --text-field (text_field in a corpus plan).";
        var names = string.Join(", ", _names[..^1]) + (_names.Length > 1 ? " or " : "") + _names[^1];
        return new($"{location}: the {what} has no {names}; it has {has}. {advice}");
    }

    // A key may contain points itself, so the whole name comes first.
    private static JsonElement? Find(JsonElement row, string key)
    {
        if (row.ValueKind != JsonValueKind.Object) return null;
        if (row.TryGetProperty(key, out var value)) return value;
        return key.Split('.', 2) is [var first, var rest] && row.TryGetProperty(first, out var inner) ? Find(inner, rest) : null;
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };
}
