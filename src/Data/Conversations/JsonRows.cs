using System.Text;
using System.Text.Json;

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
        IsList(file) ? ReadList(file, File.ReadAllBytes(file)) : ReadLines(file);

    /// <summary>
    /// Returns true if the file is one list. A list may span lines, so the first character decides, not the extension.
    /// </summary>
    public static bool IsList(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        for (int next; (next = stream.ReadByte()) >= 0;)
            if (next is not (' ' or '\t' or '\r' or '\n' or 0xEF or 0xBB or 0xBF)) return next == '[';
        return false;
    }

    private static IEnumerable<JsonRow> ReadLines(string file)
    {
        using var reader = new StreamReader(
            file,
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        for (var number = 1; ; number++)
        {
            if (ReadLine(reader, file, number) is not { } line) yield break;
            if (!string.IsNullOrWhiteSpace(line)) yield return new(Parse(line, file, number), file, number);
        }
    }

    private static string? ReadLine(StreamReader reader, string file, int number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException(
                FormattableString.Invariant(
                    $"{file}:{number}: not UTF-8. Convert the file first, for example: iconv -f WINDOWS-1254 -t UTF-8."),
                error);
        }
    }

    private static JsonElement Parse(string line, string file, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException(
                    FormattableString.Invariant(
                        $"{file}:{number}: the line is {JsonRow.Describe(json.RootElement)}, but it must be an object."));
            return json.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(FormattableString.Invariant($"{file}:{number}: not JSON: {GetReason(error)}"), error);
        }
    }

    private static List<JsonRow> ReadList(string file, byte[] bytes)
    {
        var rows = new List<JsonRow>();
        var (line, counted) = (1, 0);
        var text = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(3) : bytes;
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
                FormattableString.Invariant($"{file}:{error.LineNumber + 1}: not JSON: {GetReason(error)}"), error);
        }
        return rows;
    }

    // Remove the position from the message of System.Text.Json; the caller has added file and line.
    private static string GetReason(JsonException error) => error.Message.Split(" LineNumber", 2)[0];
}
