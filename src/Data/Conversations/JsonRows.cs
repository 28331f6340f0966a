using System.Text;
using System.Text.Json;

namespace TurkishLlm.Data.Conversations;

/// <summary>The objects of a file: one a line (<c>.jsonl</c>), or those of one list (<c>.json</c>), with the lines they begin in.</summary>
internal static class JsonRows
{
    private static readonly JsonReaderOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="InvalidDataException">The file is not UTF-8 or not JSON; says where.</exception>
    public static IEnumerable<JsonRow> Read(string file) => IsList(file) ? ReadList(file, File.ReadAllBytes(file)) : ReadLines(file);

    /// <summary>True where the file is one list. It may span lines, so it begins with a bracket whatever the file is called.</summary>
    public static bool IsList(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        for (int next; (next = stream.ReadByte()) >= 0;)
            if (next is not (' ' or '\t' or '\r' or '\n' or 0xEF or 0xBB or 0xBF)) return next == '[';
        return false;
    }

    private static IEnumerable<JsonRow> ReadLines(string file)
    {
        using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
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
            throw new InvalidDataException(FormattableString.Invariant($"{file}:{number}: not UTF-8. Convert the file first, for example: iconv -f WINDOWS-1254 -t UTF-8."), error);
        }
    }

    private static JsonElement Parse(string line, string file, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException(FormattableString.Invariant($"{file}:{number}: the line is {JsonRow.Describe(json.RootElement)}, but it must be an object."));
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
                    throw new InvalidDataException(FormattableString.Invariant($"{file}:{line}: the list has {JsonRow.Describe(element)} in it, but it must be a list of objects."));
                rows.Add(new(element, file, line));
            }
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(FormattableString.Invariant($"{file}:{error.LineNumber + 1}: not JSON: {GetReason(error)}"), error);
        }
        return rows;
    }

    // The place within the text is told before it, in our own words.
    private static string GetReason(JsonException error) => error.Message.Split(" LineNumber", 2)[0];
}
