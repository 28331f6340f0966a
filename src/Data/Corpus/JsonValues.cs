using System.Runtime.InteropServices;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the values of a JSON text one at a time: the elements of one list, or objects that follow each other.</summary>
internal static class JsonValues
{
    private static readonly JsonSerializerOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Reads the values of a file, with the location of each for errors.</summary>
    /// <exception cref="InvalidDataException">The text is not valid UTF-8 or JSON.</exception>
    public static IEnumerable<(JsonElement Value, string Location)> Read(CorpusContent content, string path)
    {
        var text = new Utf8Stream(content.Text, path);
        using var values = JsonSerializer
            .DeserializeAsyncEnumerable<JsonElement>(text, topLevelValues: !content.IsList, Options)
            .ToBlockingEnumerable().GetEnumerator();
        for (var row = 1L; MoveNext(values, path, row); row++)
            yield return (
                values.Current,
                row == 1 && !content.IsList ? $"{path}:1" : FormattableString.Invariant($"{path}, row {row}"));
    }

    /// <summary>Refuses strings that are not text.</summary>
    /// <exception cref="InvalidDataException">A string has half a surrogate pair.</exception>
    public static void RefuseHalfSurrogates(JsonElement value, string location) =>
        StrictJson.RefuseHalfSurrogates(JsonMarshal.GetRawUtf8Value(value), location);

    /// <summary>Returns the value as it is in the file.</summary>
    public static byte[] GetUtf8(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).ToArray();

    private static bool MoveNext(IEnumerator<JsonElement> values, string path, long row)
    {
        try
        {
            return values.MoveNext();
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                FormattableString.Invariant($"{path}, row {row}: not JSON: {StrictJson.GetReason(error)}"), error);
        }
    }
}
