using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>A JSON object of a file, which knows its line for errors.</summary>
internal readonly record struct JsonRow(JsonElement Element, string File, int Line)
{
    public InvalidDataException CreateException(string what, Exception? inner = null) => new(FormattableString.Invariant($"{File}:{Line}: {what}"), inner);

    public bool Has(string name) => Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The first of some names that the object has; null for none.</summary>
    public string? FindName(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Has(name)) return name;
        return null;
    }

    /// <summary>A text that must be there.</summary>
    public string GetString(params ReadOnlySpan<string> names) => GetOptionalString(names) ?? throw CreateException($"\"{names[0]}\" is missing.");

    /// <summary>A text that may be missing or null.</summary>
    public string? GetOptionalString(params ReadOnlySpan<string> names) => FindName(names) is not { } name ? null
        : Element.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()
        : throw CreateException($"\"{name}\" is {Describe(Element.GetProperty(name))}, but it must be text.");

    /// <summary>One text or a list of them; none where the key is missing. A list may hold objects with a "text".</summary>
    public IReadOnlyList<string> GetStrings(params ReadOnlySpan<string> names)
    {
        if (FindName(names) is not { } name) return [];
        var (value, self) = (Element.GetProperty(name), this);
        return value.ValueKind switch
        {
            JsonValueKind.String => string.IsNullOrWhiteSpace(value.GetString()) ? [] : [value.GetString()!],
            JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : (self with { Element = item }).GetString("text", "content"))],
            _ => throw CreateException($"\"{name}\" is {Describe(value)}, but it must be text or a list of texts."),
        };
    }

    /// <summary>A list of texts, alone or as the "text" of an object; none where the key is missing or means something else.</summary>
    public IReadOnlyList<string> GetOptionalStrings(string name)
    {
        if (!Has(name)) return [];
        var value = Element.GetProperty(name);
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("text", out var inner)) value = inner;
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!).Where(text => !string.IsNullOrWhiteSpace(text))]
            : [];
    }

    /// <summary>The objects of a list that must be there.</summary>
    public IReadOnlyList<JsonRow> GetRows(string name)
    {
        if (!Has(name)) throw CreateException($"\"{name}\" is missing.");
        var (value, self) = (Element.GetProperty(name), this);
        if (value.ValueKind != JsonValueKind.Array) throw CreateException($"\"{name}\" is {Describe(value)}, but it must be a list.");
        return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Object ? self with { Element = item } : throw self.CreateException($"\"{name}\" has {Describe(item)} in it, but it must be a list of objects."))];
    }

    /// <summary>Whole numbers of a list that must be there.</summary>
    public IReadOnlyList<int> GetIntegers(string name)
    {
        if (!Has(name)) throw CreateException($"\"{name}\" is missing.");
        var (value, self) = (Element.GetProperty(name), this);
        if (value.ValueKind != JsonValueKind.Array) throw CreateException($"\"{name}\" is {Describe(value)}, but it must be a list of whole numbers.");
        return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) ? number : throw self.CreateException($"\"{name}\" has {Describe(item)} in it, but it must be a list of whole numbers."))];
    }

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Null => "null",
        _ => value.ToString(),
    };
}
