using System.Text.Json;
using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Server.Api;

/// <summary>
/// Reads the fields of a JSON object with their types and ranges. Null counts as missing, and unknown fields are ignored, as
/// OpenAI does.
/// </summary>
/// <param name="json">The object.</param>
/// <param name="path">Path of the object, with a dot at the end; empty for the request itself.</param>
internal readonly struct RequestFields(JsonElement json, string path = "")
{
    public JsonElement? Find(string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? GetString(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw WrongType(name, value, "a text");

    public bool GetBoolean(string name) => Find(name) is { } value && (value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw WrongType(name, value, "true or false"),
    });

    public int? GetInteger(string name, int minimum, int maximum)
    {
        if (GetLong(name) is not { } value) return null;
        return value >= minimum && value <= maximum ? (int)value : throw ApiException.Invalid(
            FormattableString.Invariant($"{path}{name} is {value}; it must be from {minimum} to {maximum}."), path + name);
    }

    public long? GetLong(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw WrongType(name, value, "an integer");

    public double? GetNumber(string name, double minimum, double maximum)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
            throw WrongType(name, value, "a number");
        return number >= minimum && number <= maximum ? number : throw ApiException.Invalid(
            FormattableString.Invariant($"{path}{name} is {number}; it must be from {minimum} to {maximum}."), path + name);
    }

    public RequestFields? GetObject(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new(value, $"{path}{name}.")
        : throw WrongType(name, value, "an object");

    public IReadOnlyList<JsonElement> GetList(string name) => Find(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()]
        : throw WrongType(name, value, "a list");

    /// <summary>Returns one text or a list of texts; empty if the field is missing.</summary>
    public IReadOnlyList<string> GetTexts(string name)
    {
        if (Find(name) is not { } value) return [];
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        var self = this;
        return value.ValueKind == JsonValueKind.Array
            ? [
                .. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String
                    ? item.GetString()!
                    : throw self.WrongType(name, item, "a text or a list of texts")),
            ]
            : throw WrongType(name, value, "a text or a list of texts");
    }

    /// <summary>Refuses a field that would change the answer and is not supported, unless its value changes nothing.</summary>
    public void Refuse(string name, Func<JsonElement, bool> changesNothing, string instead)
    {
        if (Find(name) is { } value && !changesNothing(value))
            throw ApiException.Invalid(
                $"{path}{name} is {CompactJson.WriteExcerpt(value)}, which is not supported. {instead}", path + name,
                "unsupported_parameter");
    }

    public ApiException WrongType(string name, JsonElement value, string expected) => ApiException.Invalid(
        $"{path}{name} is {CompactJson.WriteExcerpt(value)}; it must be {expected}.", path + name, "invalid_type");
}
