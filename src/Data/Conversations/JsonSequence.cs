using System.Text;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>Reads the objects of one list, or objects that follow each other over several lines.</summary>
internal static class JsonSequence
{
    /// <summary>Comments and trailing commas are allowed, because such files are often edited by hand.</summary>
    public static JsonReaderOptions Options { get; } = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowMultipleValues = true,
    };

    /// <summary>Reads objects that follow each other.</summary>
    /// <inheritdoc cref="ReadList"/>
    public static List<JsonRow> ReadObjects(string file, Action<string>? onSkipped) => Read(file, (ref reader, rows) =>
    {
        while (reader.Read()) rows.Add(ref reader);
    }, onSkipped);

    /// <summary>Reads the objects of a list.</summary>
    /// <param name="file">The file.</param>
    /// <param name="key">The key of the list; null if the file is the list.</param>
    /// <param name="onSkipped">Receives a message for each item that is no row; null to throw at the first.</param>
    /// <exception cref="InvalidDataException">The file is not JSON, so that the rows after the error cannot be found.</exception>
    public static List<JsonRow> ReadList(string file, string? key, Action<string>? onSkipped) => Read(file, (ref reader, rows) =>
    {
        reader.Read();
        while (key is not null && reader.Read() && !(reader.CurrentDepth == 1 && reader.ValueTextEquals(key)))
        {
            reader.Read();
            reader.Skip();
        }
        if (key is not null) reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) rows.Add(ref reader);
        if (key is null && reader.Read())
            throw new InvalidDataException(
                $"{file} continues after the end of its list. Keep one list, or one object per line.");
    }, onSkipped);

    private delegate void ReadItems(ref Utf8JsonReader reader, RowList rows);

    private static List<JsonRow> Read(string file, ReadItems read, Action<string>? onSkipped)
    {
        var text = TextFile.ReadAllUtf8(file);
        var rows = new RowList(file, text, onSkipped);
        var reader = new Utf8JsonReader(text, Options);
        try
        {
            read(ref reader, rows);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                FormattableString.Invariant($"{file}:{error.LineNumber + 1}: not JSON: {StrictJson.GetReason(error)}"), error);
        }
        return rows.Rows;
    }

    private sealed class RowList(string file, byte[] text, Action<string>? onSkipped)
    {
        private int _line = 1, _counted;

        public List<JsonRow> Rows { get; } = [];

        // Reads the value at which the reader is.
        public void Add(ref Utf8JsonReader reader)
        {
            var start = (int)reader.TokenStartIndex;
            _line += text.AsSpan(_counted, start - _counted).Count((byte)'\n');
            _counted = start;
            var element = JsonElement.ParseValue(ref reader);
            var end = (int)reader.BytesConsumed;
            Rows.AddRange(RowSkipper.ReadOne(() => Create(element, text.AsSpan(start, end - start)), onSkipped));
        }

        private JsonRow Create(JsonElement element, ReadOnlySpan<byte> source)
        {
            var location = FormattableString.Invariant($"{file}:{_line}");
            if (element.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException(
                    $"{location}: the list contains {JsonRow.Describe(element)}, but it must be a list of objects.");
            StrictJson.RefuseHalfSurrogates(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(source).Replace('\n', ' ')), location);

            // Parsed again, because the reader accepts an object with the same key twice.
            using var strict = StrictJson.Parse(CompactJson.Write(element), location);
            return new(strict.RootElement.Clone(), file, _line);
        }
    }
}
