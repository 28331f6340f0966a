using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>Reads what a row says about itself, such as its domain or difficulty, so that results can be sliced by it.</summary>
internal static class RowFields
{
    // A longer value is a text and names no group.
    private const int MaxLength = 80;

    /// <summary>Returns the keys of identity and origin with their texts, numbers and truth values.</summary>
    public static IReadOnlyDictionary<string, string> Read(JsonRow row)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        // Rows of marked-up text have no keys.
        if (row.Element.ValueKind != JsonValueKind.Object) return fields;
        foreach (var key in row.Element.EnumerateObject())
            if (KnownKeys.Metadata.Contains(key.Name) && Format(key.Value) is { Length: > 0 and <= MaxLength } value)
                fields[key.Name] = value;
        return fields;
    }

    private static string? Format(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Trim(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };
}
