using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// Reads all texts of an evaluation file of any format: the documents of text, and the strings of JSON and Parquet at any depth.
/// </summary>
internal static class EvaluationTexts
{
    /// <exception cref="InvalidDataException">The file has a format that is not read, or contains something invalid.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using var content = CorpusContent.Open(path);
        var texts = content.Rows switch
        {
            FileKind.Parquet => ReadTable(path),
            FileKind.JsonLines => ReadLines(content, path),
            FileKind.Json => ReadValues(content, path),
            _ => DocumentReader.Read(path).Select(document => document.Text),
        };
        foreach (var text in texts) yield return text;
    }

    private static IEnumerable<string> ReadTable(string path)
    {
        using var table = new ParquetFile(path);
        for (var group = 0; group < table.GroupCount; group++)
            foreach (var text in table.ReadAllTexts(group)) yield return text;
    }

    private static IEnumerable<string> ReadLines(CorpusContent content, string path)
    {
        var lines = new TextLines(content.Text, path, InvalidText.Refuse, "Write one row per line.");
        while (lines.Read() is { } line)
        {
            if (line.Span.Trim(" \t"u8).IsEmpty) continue;
            using var row = StrictJson.Parse(line, FormattableString.Invariant($"{path}:{lines.Number}"));
            foreach (var text in GetStrings(row.RootElement)) yield return text;
        }
    }

    private static IEnumerable<string> ReadValues(CorpusContent content, string path)
    {
        foreach (var (value, location) in JsonValues.Read(content, path))
        {
            JsonValues.RefuseHalfSurrogates(value, location);
            foreach (var text in GetStrings(value)) yield return text;
        }
    }

    private static IEnumerable<string> GetStrings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(GetStrings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => GetStrings(member.Value)),
        _ => [],
    };
}
