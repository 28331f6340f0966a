using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>A JSON object of a file, with its line number for error messages.</summary>
internal readonly record struct JsonRow(JsonElement Element, string File, int Line)
{
    /// <summary>Receives keys that are not known; null to ignore them.</summary>
    public UnknownKeys? Unknown { get; init; }

    /// <summary>Number of the object in the file, from 0.</summary>
    public int Ordinal { get; init; }

    /// <summary>File and line, for error messages; without a line if that is 0.</summary>
    public string Location => Line == 0 ? File : FormattableString.Invariant($"{File}:{Line}");

    /// <summary>The names of all keys, for error messages.</summary>
    public string KeyNames => string.Join(", ", Element.EnumerateObject().Select(key => key.Name));

    public InvalidDataException CreateException(string what, Exception? inner = null) => new($"{Location}: {what}", inner);

    public bool Has(string name) =>
        Element.ValueKind == JsonValueKind.Object
        && Element.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null;

    /// <summary>Returns a key that the object has.</summary>
    public JsonProperty GetKey(string name) => Element.EnumerateObject().First(key => key.NameEquals(name));

    /// <summary>Returns the first of the names that the object has; null for none.</summary>
    public string? FindName(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Has(name)) return name;
        return null;
    }

    /// <summary>Returns a required text.</summary>
    public string GetString(params ReadOnlySpan<string> names) =>
        GetOptionalString(names) ?? throw CreateException($"\"{names[0]}\" is missing.");

    /// <summary>Returns a text that may be missing or null.</summary>
    public string? GetOptionalString(params ReadOnlySpan<string> names) => FindName(names) is not { } name ? null
        : Element.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()
        : throw CreateException($"\"{name}\" is {Describe(Element.GetProperty(name))}, but it must be a text.");

    /// <summary>
    /// Returns one text or a list of texts; empty if the key is missing. Items of the list may be objects with a "text".
    /// </summary>
    public IReadOnlyList<string> GetStrings(params ReadOnlySpan<string> names)
    {
        if (FindName(names) is not { } name) return [];
        var (value, self) = (Element.GetProperty(name), this);
        return value.ValueKind switch
        {
            JsonValueKind.String => string.IsNullOrWhiteSpace(value.GetString()) ? [] : [value.GetString()!],
            JsonValueKind.Array =>
            [
                .. value
                    .EnumerateArray()
                    .Select(item =>
                        item.ValueKind == JsonValueKind.String
                            ? item.GetString()!
                            : (self with { Element = item }).GetString("text", "content")),
            ],
            _ => throw CreateException($"\"{name}\" is {Describe(value)}, but it must be a text or a list of texts."),
        };
    }

    /// <summary>
    /// Returns a list of texts, or of objects with a "text"; empty if the key is missing. The list may be in the "text" of an
    /// object.
    /// </summary>
    public IReadOnlyList<string> GetTexts(string name)
    {
        if (!Has(name)) return [];
        var inner = this with { Element = Element.GetProperty(name) };
        if (inner.Has("text")) return inner.GetTexts("text");
        if (inner.Element.ValueKind == JsonValueKind.Object)
        {
            Unknown?.Add(name);
            return [];
        }
        return [.. GetStrings(name).Where(text => !string.IsNullOrWhiteSpace(text))];
    }

    /// <summary>Returns a text that has several names, refusing two that differ.</summary>
    public string? GetUnambiguousString(params ReadOnlySpan<string> names)
    {
        var text = GetOptionalString(names);
        foreach (var name in names)
            if (GetOptionalString(name) is { } other && other != text)
                throw CreateException($"\"{FindName(names)}\" and \"{name}\" differ, but mean the same. Keep one of them.");
        return text;
    }

    /// <summary>Returns the system prompt of the row; null for none.</summary>
    public string? GetSystem() => GetUnambiguousString("system", "system_prompt", "system_message");

    /// <summary>Returns a truth value; null if the key is missing or null.</summary>
    public bool? GetFlag(string name) => !Has(name) ? null : Element.GetProperty(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw CreateException($"\"{name}\" is {Describe(Element.GetProperty(name))}, but it must be true or false."),
    };

    /// <summary>Returns the objects of a required list.</summary>
    public IReadOnlyList<JsonRow> GetRows(string name)
    {
        if (!Has(name)) throw CreateException($"\"{name}\" is missing.");
        var (value, self) = (Element.GetProperty(name), this);
        if (value.ValueKind != JsonValueKind.Array)
            throw CreateException($"\"{name}\" is {Describe(value)}, but it must be a list.");
        return
        [
            .. value
                .EnumerateArray()
                .Select(item =>
                    item.ValueKind == JsonValueKind.Object
                        ? self with
                        {
                            Element = item,
                        }
                        : throw self.CreateException($"\"{name}\" contains {Describe(item)}, but it must be a list of objects.")),
        ];
    }

    /// <summary>Returns the integers of a required list.</summary>
    public IReadOnlyList<int> GetIntegers(string name)
    {
        if (!Has(name)) throw CreateException($"\"{name}\" is missing.");
        var (value, self) = (Element.GetProperty(name), this);
        if (value.ValueKind != JsonValueKind.Array)
            throw CreateException($"\"{name}\" is {Describe(value)}, but it must be a list of integers.");
        return
        [
            .. value
                .EnumerateArray()
                .Select(item =>
                    item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number)
                        ? number
                        : throw self.CreateException($"\"{name}\" contains {Describe(item)}, but it must be a list of integers.")
                ),
        ];
    }

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Null => "null",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.ToString(),
    };
}
