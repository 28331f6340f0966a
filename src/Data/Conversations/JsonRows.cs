using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Reads the objects of a file, one per line (<c>.jsonl</c>) or in one list (<c>.json</c>), with their line numbers.
/// </summary>
internal static class JsonRows
{
    private static readonly JsonReaderOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <exception cref="InvalidDataException">The file is not valid UTF-8 or JSON; the message gives the line.</exception>
    public static IEnumerable<JsonRow> Read(string file) =>
        IsList(file) ? ReadList(file, TextFile.ReadAllUtf8(file)) : ReadLines(file);

    /// <summary>
    /// Returns true if the file is one list. A list may span lines, so the first character decides, not the extension.
    /// </summary>
    public static bool IsList(string file)
    {
        using var text = TextFile.OpenText(file);
        for (int next; (next = text.Read()) >= 0;)
            if (!char.IsWhiteSpace((char)next)) return next == '[';
        return false;
    }

    private static IEnumerable<JsonRow> ReadLines(string file)
    {
        var number = 0;
        foreach (var line in TextFile.ReadLines(file))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return new(Parse(line, file, number), file, number);
        }
    }

    private static JsonElement Parse(string line, string file, int number)
    {
        using var json = StrictJson.Parse(line, FormattableString.Invariant($"{file}:{number}"));
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException(
                FormattableString.Invariant(
                    $"{file}:{number}: the line is {JsonRow.Describe(json.RootElement)}, but it must be an object."));
        return json.RootElement.Clone();
    }

    private static List<JsonRow> ReadList(string file, byte[] bytes)
    {
        var rows = new List<JsonRow>();
        var (line, counted) = (1, 0);
        var text = bytes.AsSpan();
        StrictJson.RefuseHalfSurrogates(text, file);
        var reader = new Utf8JsonReader(text, Lenient);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                line += text[counted..(int)reader.TokenStartIndex].Count((byte)'\n');
                counted = (int)reader.TokenStartIndex;
                var element = JsonElement.ParseValue(ref reader);
                if (element.ValueKind != JsonValueKind.Object)
                    throw new InvalidDataException(
                        FormattableString.Invariant(
                            $"{file}:{line}: the list contains {JsonRow.Describe(element)}, but it must be a list of objects."));
                rows.Add(new(element, file, line));
            }
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                FormattableString.Invariant($"{file}:{error.LineNumber + 1}: not JSON: {StrictJson.GetReason(error)}"), error);
        }
        return rows;
    }
}
