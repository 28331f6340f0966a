using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>
/// Reads the objects of a file with their line numbers: one per line, in one list, below one key, or one after the other over
/// several lines. The content decides, not the name of the file.
/// </summary>
internal static class JsonRows
{
    /// <param name="file">The file.</param>
    /// <param name="onSkipped">Receives a message for each row that is no object; null to throw at the first.</param>
    /// <param name="unknown">Receives keys that are not known.</param>
    /// <exception cref="InvalidDataException">The file is not text or not JSON; the message gives the line.</exception>
    public static IEnumerable<JsonRow> Read(string file, Action<string>? onSkipped = null, UnknownKeys? unknown = null)
    {
        FileContent.RefusePlaceholder(file);
        var ordinal = 0;
        foreach (var row in ReadObjects(file, onSkipped, unknown))
        {
            unknown?.BeginRow();
            yield return row with { Unknown = unknown, Ordinal = ordinal++ };
        }
    }

    private static IEnumerable<JsonRow> ReadObjects(string file, Action<string>? onSkipped, UnknownKeys? unknown)
    {
        var layout = JsonLayoutDetector.Detect(file);
        if (layout == JsonLayout.List) return JsonSequence.ReadList(file, key: null, onSkipped);
        if (RowWrapper.FindKey(file, layout, unknown) is { } key)
            return JsonSequence.ReadList(file, key, onSkipped).Select(RowWrapper.Unwrap);
        return layout == JsonLayout.Lines ? ReadLines(file, onSkipped) : JsonSequence.ReadObjects(file, onSkipped);
    }

    private static IEnumerable<JsonRow> ReadLines(string file, Action<string>? onSkipped)
    {
        var number = 0;
        foreach (var line in TextFile.ReadLines(file))
        {
            number++;
            var (text, at) = (JsonLayoutDetector.Trim(line), number);
            if (text.Length == 0) continue;
            foreach (var row in RowSkipper.ReadOne(() => Parse(text, file, at), onSkipped)) yield return row;
        }
    }

    private static JsonRow Parse(string line, string file, int number)
    {
        var location = FormattableString.Invariant($"{file}:{number}");
        using var json = StrictJson.Parse(line, location);
        return json.RootElement.ValueKind == JsonValueKind.Object
            ? new(json.RootElement.Clone(), file, number)
            : throw new InvalidDataException(
                $"{location}: the line is {JsonRow.Describe(json.RootElement)}, but it must be an object.");
    }
}
