using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Recognizes files that hold all rows below one key of one object, such as <c>{"data": [ … ]}</c>, also in the form of the
/// Hugging Face dataset viewer, <c>{"features": [ … ], "rows": [{"row_idx": 0, "row": { … }}]}</c>.
/// </summary>
internal static class RowWrapper
{
    // Keys beside the list that would apply to all rows.
    private static readonly string[] Shared = ["system", "system_prompt", "system_message", "context", "contexts", "tools"];

    /// <summary>Returns the key of the list of rows; null if the file is no wrapper.</summary>
    /// <exception cref="InvalidDataException">The file has several lists, columns, or keys that would be lost.</exception>
    public static string? FindKey(string file, JsonLayout layout, UnknownKeys? unknown)
    {
        if (layout == JsonLayout.Lines && TextFile.ReadLines(file).Where(line => line.Length > 0).Skip(1).Any()) return null;
        try
        {
            return Parse(file) is { Element.ValueKind: JsonValueKind.Object } only && !IsRow(only)
                ? FindKey(only, unknown)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string that is not text: reading the rows says where.
            return null;
        }
    }

    /// <summary>Returns the row within a row of the dataset viewer, and any other row as it is.</summary>
    public static JsonRow Unwrap(JsonRow row) =>
        row.Has("row_idx") && row.Has("row") && row.Element.GetProperty("row") is { ValueKind: JsonValueKind.Object } inner
            ? row with { Element = inner }
            : row;

    private static JsonRow? Parse(string file)
    {
        var reader = new Utf8JsonReader(TextFile.ReadAllUtf8(file), JsonSequence.Options);
        if (!reader.Read()) return null;
        var element = JsonElement.ParseValue(ref reader);
        return reader.Read() ? null : new(element, file, 1);
    }

    // Groups of pairs have a key that also names lists of any rows.
    private static bool IsRow(JsonRow row) =>
        Array.Exists(KeyRule.Preference.Names, row.Has)
        || (ConversationReader.FindFormat(row) is { } format
            && (format != ConversationFormat.Pairs || PairFormat.HoldsPairs(row)));

    private static string? FindKey(JsonRow only, UnknownKeys? unknown)
    {
        var keys = only.Element.EnumerateObject().ToArray();
        var lists = keys.Where(key => IsListOfObjects(key.Value)).Select(key => key.Name).ToArray();
        if (lists.Contains("rows") && lists.Contains("features")) lists = ["rows"];
        if (lists.Length == 0) RefuseColumns(only, keys);
        if (lists.Length > 1)
            throw only.CreateException(
                $"the file is one object with the lists {string.Join(" and ", lists)}. Save the list to read as a file of its "
                    + "own.");
        if (lists.Length == 0) return null;
        foreach (var key in keys.Where(key => !key.NameEquals(lists[0])))
        {
            if (Array.IndexOf(Shared, key.Name) >= 0)
                throw only.CreateException(
                    $"\"{key.Name}\" is beside the list \"{lists[0]}\", but every row has its own. Copy it into the rows.");
            unknown?.Add(key.Name);
        }
        return lists[0];
    }

    private static bool IsListOfObjects(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object);

    private static void RefuseColumns(JsonRow only, JsonProperty[] keys)
    {
        if (keys.Length > 1 && keys.All(key => key.Value.ValueKind is JsonValueKind.Array or JsonValueKind.Object))
            throw only.CreateException(
                $"the file is one object with the keys {string.Join(", ", keys.Take(5).Select(key => key.Name))}"
                    + $"{(keys.Length > 5 ? " …" : "")}, each a column or a row. Write it as JSON lines, with pandas: "
                    + "to_json(orient=\"records\", lines=True).");
    }
}
