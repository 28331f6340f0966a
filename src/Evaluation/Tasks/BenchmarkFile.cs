using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TurkishLlm.Files;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Converts the files of public benchmarks to gold files, in the form that the benchmark is asked in.</summary>
/// <remarks>
/// Reads JSON lines, one JSON list or one object with a list, in the forms in which MMLU, ARC, EXAMS, GSM8K, SQuAD and XQuAD are
/// published, and instruction, input and output. A row that does not fit is refused with its place, because a benchmark with
/// missing rows has other scores; rows without a question, which some files have, are counted.
/// </remarks>
public static class BenchmarkFile
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Converts a file.</summary>
    /// <param name="input">The file of the benchmark.</param>
    /// <param name="output">The gold file to write: pairs of question and answer as JSON lines.</param>
    /// <param name="style">How the questions are asked.</param>
    /// <returns>Number of rows, and of rows that are skipped because they have no question.</returns>
    /// <exception cref="FileNotFoundException">The input does not exist.</exception>
    /// <exception cref="InvalidDataException">The input has no rows, or one that does not fit the style.</exception>
    public static (int Rows, int WithoutQuestion) Convert(string input, string output, TaskStyle style)
    {
        if (!File.Exists(input)) throw new FileNotFoundException($"The benchmark file {input} does not exist.", input);
        BenchmarkRow[] rows =
            [.. ReadObjects(input).SelectMany(row => BenchmarkReader.Read(row.Element, row.Location, style))];
        BenchmarkRow[] asked = [.. rows.Where(row => row.Question.Length > 0)];
        if (asked.Length == 0) throw new InvalidDataException($"{input} contains no question.");
        AtomicFile.WriteLines(output, asked.Select(row => row.ToJson(style).ToJsonString(Readable)));
        return (asked.Length, rows.Length - asked.Length);
    }

    private static IEnumerable<(JsonElement Element, string Location)> ReadObjects(string file)
    {
        var text = TextFile.ReadAllText(file);
        if (TryParse(text, file) is { } whole)
        {
            foreach (var (i, row) in GetRows(whole).Index())
                yield return (row, FormattableString.Invariant($"{file}: row {i + 1}"));
            yield break;
        }
        foreach (var (i, line) in text.Split('\n').Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var location = FormattableString.Invariant($"{file}:{i + 1}");
            using var row = StrictJson.Parse(Encoding.UTF8.GetBytes(line.TrimEnd('\r')), location);
            yield return (row.RootElement.Clone(), location);
        }
    }

    // One value in the whole file; null for JSON lines.
    private static JsonElement? TryParse(string text, string file)
    {
        try
        {
            using var whole = StrictJson.Parse(Encoding.UTF8.GetBytes(text), file);
            return whole.RootElement.Clone();
        }
        catch (InvalidDataException) when (text.AsSpan().Trim().Contains('\n'))
        {
            return null;
        }
    }

    private static JsonElement[] GetRows(JsonElement whole)
    {
        if (whole.ValueKind == JsonValueKind.Array) return [.. whole.EnumerateArray()];
        foreach (var key in (string[])["data", "rows", "examples"])
            if (whole.ValueKind == JsonValueKind.Object && whole.TryGetProperty(key, out var list)
                && list.ValueKind == JsonValueKind.Array)
                return [.. list.EnumerateArray()];
        return [whole];
    }
}
