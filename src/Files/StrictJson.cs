using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TurkishLlm.Files;

/// <summary>
/// Parses JSON strictly. Half a surrogate pair in a string is refused, and so is an object with the same key twice, because one
/// of the values would be lost.
/// </summary>
/// <remarks>Errors are <see cref="InvalidDataException"/>s that begin with the location.</remarks>
public static class StrictJson
{
    private static readonly JsonDocumentOptions Document = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a file of one value.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON; the message gives the line.</exception>
    public static JsonDocument ParseFile(string file)
    {
        FileContent.RefusePlaceholder(file);
        return Parse(TextFile.ReadAllUtf8(file), file);
    }

    /// <summary>Parses UTF-8.</summary>
    /// <param name="utf8">The text; must not change while the document is in use.</param>
    /// <param name="location">File, or file and line, of the text in errors.</param>
    /// <exception cref="InvalidDataException">The text is not JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, string location) =>
        Read(utf8.Span, location, () => JsonDocument.Parse(utf8, Document));

    /// <summary>Parses a text.</summary>
    /// <inheritdoc cref="Parse(ReadOnlyMemory{byte}, string)"/>
    public static JsonDocument Parse(string json, string location) => Parse(Encode(json, location), location);

    /// <summary>Parses a text to nodes that can be edited.</summary>
    /// <exception cref="InvalidDataException">The text is not JSON, or is <c>null</c>.</exception>
    public static JsonNode ParseNode(string json, string location) => ParseNode(Encode(json, location), location);

    /// <inheritdoc cref="ParseNode(string, string)"/>
    public static JsonNode ParseNode(byte[] utf8, string location) =>
        Read(
            utf8, location,
            () => JsonNode.Parse(utf8, documentOptions: Document) ?? throw new JsonException("the value is null."));

    /// <summary>Deserializes a file of one value.</summary>
    /// <inheritdoc cref="Deserialize{T}(byte[], JsonSerializerOptions?, string)"/>
    public static T DeserializeFile<T>(string file, JsonSerializerOptions? options = null)
    {
        FileContent.RefusePlaceholder(file);
        return Deserialize<T>(TextFile.ReadAllUtf8(file), options, file);
    }

    /// <summary>Deserializes a value.</summary>
    /// <exception cref="InvalidDataException">The text is not JSON of the type, or is <c>null</c>.</exception>
    public static T Deserialize<T>(byte[] utf8, JsonSerializerOptions? options, string location) => Read(
        utf8, location, () => JsonSerializer.Deserialize<T>(utf8, options) ?? throw new JsonException("the value is null."));

    /// <inheritdoc cref="Deserialize{T}(byte[], JsonSerializerOptions?, string)"/>
    public static T Deserialize<T>(string json, JsonSerializerOptions? options, string location) =>
        Deserialize<T>(Encode(json, location), options, location);

    /// <summary>Returns the reason of an error of System.Text.Json without the position, which the location has.</summary>
    public static string GetReason(JsonException error) => error.Message.Split([" LineNumber", " Path: $"], 2, 0)[0];

    /// <summary>Refuses strings and keys that are not text.</summary>
    /// <exception cref="InvalidDataException">A string has half a surrogate pair.</exception>
    public static void RefuseHalfSurrogates(ReadOnlySpan<byte> utf8, string location)
    {
        if (utf8.IndexOf("\\u"u8) < 0 && utf8.IndexOf("\\U"u8) < 0) return;
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowMultipleValues = true,
            MaxDepth = 64,
        });
        while (reader.Read())
            if (reader.ValueIsEscaped && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                try
                {
                    _ = reader.GetString();
                }
                catch (InvalidOperationException error)
                {
                    var line = 1 + utf8[..(int)reader.TokenStartIndex].Count((byte)'\n');
                    throw new InvalidDataException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{location}{(line > 1 ? $", line {line}" : "")}: a string is not text: {FindHalf(reader.ValueSpan)} is ")
                        + "half of a surrogate pair. An emoji was cut in two where the file was written.", error);
                }
    }

    private static string FindHalf(ReadOnlySpan<byte> value)
    {
        for (var i = 0; i + 5 < value.Length; i++)
        {
            if (value[i] != '\\') continue;
            if (value[i + 1] != 'u')
            {
                i++;
                continue;
            }
            var unit = Unit(value, i);
            if (char.IsHighSurrogate(unit) && i + 11 < value.Length && value[i + 6] == '\\' && value[i + 7] == 'u'
                && char.IsLowSurrogate(Unit(value, i + 6)))
                i += 11;
            else if (char.IsSurrogate(unit))
                return Encoding.ASCII.GetString(value.Slice(i, 6));
            else
                i += 5;
        }
        return "an escape";
    }

    private static char Unit(ReadOnlySpan<byte> value, int at) =>
        (char)ushort.Parse(value.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static byte[] Encode(string json, string location)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetBytes(json);
        }
        catch (EncoderFallbackException error)
        {
            throw new InvalidDataException($"{location}: the text has half of a surrogate pair.", error);
        }
    }

    // JSON that is not what the reader takes is no damage; the messages of .NET name its types.
    private static string DescribeProblem(JsonException error)
    {
        const string missing = "was missing required properties including: ", unknown = "The JSON property '";
        var reason = Excerpt.Of(ShortenLiteral(GetReason(error)), 300);
        var path = error.Path is { Length: > 2 } of ? Excerpt.Of(of[2..]) : "";
        if (reason.IndexOf(missing, StringComparison.Ordinal) is > 0 and var at)
            // .NET separates the names as the culture of the machine does.
            return $"it lacks {string.Join(", ", reason[(at + missing.Length)..].Split('\'').Where((_, i) => i % 2 == 1))}.";
        if (reason.StartsWith(unknown, StringComparison.Ordinal))
            return $"the key {reason[unknown.Length..].Split('\'')[0]} is unknown.";
        if (reason.StartsWith("The JSON value could not be converted", StringComparison.Ordinal) && path.Length > 0)
            return $"{path} has the wrong type.";
        // The parser's exception has a type of its own.
        return error.GetType() != typeof(JsonException) || error.InnerException is JsonException
            ? string.Create(CultureInfo.InvariantCulture, $"not JSON at byte {error.BytePositionInLine + 1}: {reason}")
            : reason;
    }

    // What is quoted may be as long as the file; the sentence after it is needed.
    private static string ShortenLiteral(string reason)
    {
        var end = reason.LastIndexOf("' is an invalid", StringComparison.Ordinal);
        return reason.StartsWith('\'') && end > 0 ? Excerpt.Of(reason[..end], 60) + reason[end..] : reason;
    }

    private static T Read<T>(ReadOnlySpan<byte> utf8, string location, Func<T> parse)
    {
        try
        {
            RefuseHalfSurrogates(utf8, location);
            return parse();
        }
        catch (JsonException error)
        {
            var line = error.LineNumber is > 0 and { } lines
                ? string.Create(CultureInfo.InvariantCulture, $", line {lines + 1}")
                : "";
            throw new InvalidDataException($"{location}{line}: {DescribeProblem(error)}", error);
        }
    }
}
