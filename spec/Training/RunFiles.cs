using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TurkishLlm.Files;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Oracles;
using static System.FormattableString;

namespace TurkishLlm.Spec.Training;

/// <summary>Reads everything that a run has written, as lines to compare with those of another run of the plan.</summary>
public static class RunFiles
{
    /// <summary>Keys of values that differ between two runs of one plan: times, speeds and memory.</summary>
    public static IReadOnlyList<string> Exempt { get; } =
        ["seconds", "wall_seconds", "tokens_per_second", "memory_bytes", "gpu", "timestamp"];

    /// <summary>
    /// Reads all files of a run folder. Events of kind <c>resumed</c> are omitted, and so are events that a resumed run reported
    /// again, because <c>events.jsonl</c> keeps both.
    /// </summary>
    /// <param name="folder">The run folder.</param>
    public static IReadOnlyList<string> Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var lines = new List<string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            // The names of event files contain a time.
            var name = IsEventFile(file) ? "events" : Path.GetRelativePath(folder, file).Replace('\\', '/');
            lines.AddRange(ReadFile(folder, file).Select(line => $"{name}: {line}"));
        }
        return [.. lines, .. CheckTimes(folder)];
    }

    /// <summary>Describes the first difference between the files of two runs; null if they are equal.</summary>
    /// <param name="expected">Lines of the one run, see <see cref="Read"/>.</param>
    /// <param name="found">Lines of the other.</param>
    public static string? FindDifference(IReadOnlyList<string> expected, IReadOnlyList<string> found)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(found);
        string[] missing = [.. expected.Except(found)], unexpected = [.. found.Except(expected)];
        if (missing.Length + unexpected.Length > 0)
            return $"required [{string.Join("; ", missing.Take(2))}], found [{string.Join("; ", unexpected.Take(2))}]";
        return expected.SequenceEqual(found, StringComparer.Ordinal) ? null : "equal lines in another order or number";
    }

    private static IEnumerable<string> ReadFile(string folder, string file) => Path.GetFileName(file) switch
    {
        "events.jsonl" => ReadLines(file, line => (string?)line["kind"] != "resumed").Distinct(StringComparer.Ordinal),
        "metrics.jsonl" or "samples.jsonl" or "answers.jsonl" => ReadLines(file, _ => true),
        "state.json" => CheckpointFields.Read(TextFile.ReadAllText(file))
            .Where(field => !Exempt.Contains(field.Key))
            .Select(field => $"{field.Key} {field.Value}"),
        "report.html" => ["exists"],
        "metrics.csv" => ReadTable(file),
        _ when IsEventFile(file) => EventFileReader.Read(File.ReadAllBytes(file)).SelectMany(ReadEvent),
        "plan.yaml" => [TextFile.ReadAllText(file).Replace(folder, "RUN", StringComparison.Ordinal)],
        _ => [Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))],
    };

    private static bool IsEventFile(string file) => Path.GetFileName(file).Contains("tfevents", StringComparison.Ordinal);

    private static IEnumerable<string> ReadEvent(LoggedEvent logged) => logged.Values
        .Where(value => !Exempt.Any(key => value.Tag.EndsWith($"/{key}", StringComparison.Ordinal)))
        .Select(value => Invariant($"{value.Tag} {logged.Step} {value.Number:R}{value.Text}"));

    private static IEnumerable<string> ReadTable(string file)
    {
        string[][] rows = [.. TextFile.ReadLines(file).Select(line => line.Split(','))];
        var compared = rows[0].Index().Where(column => !Exempt.Contains(column.Item)).Select(column => column.Index).ToArray();
        return rows.Select(row => string.Join(',', compared.Select(column => row[column])));
    }

    private static IEnumerable<string> ReadLines(string file, Func<JsonNode, bool> isCompared) =>
        TextFile.ReadLines(file).Select(line => StrictJson.ParseNode(line, file)).Where(isCompared).Select(line =>
        {
            foreach (var key in Exempt) line.AsObject().Remove(key);
            return line.ToJsonString();
        });

    // Times are not compared, but they never fall, and the time of the whole run is not below that of its steps.
    private static IEnumerable<string> CheckTimes(string folder)
    {
        var run = RunFolder.OpenExisting(folder);
        var (seconds, wall, step) = (0.0, 0.0, 0L);
        foreach (var line in MetricsLog.Read(run.MetricsFile))
        {
            if (!(line.Seconds >= seconds)) yield return Invariant($"seconds fall at step {line.Step}");
            if (!(line.WallSeconds >= wall)) yield return Invariant($"wall_seconds fall at step {line.Step}");
            if (!(line.WallSeconds >= line.Seconds))
                yield return Invariant($"wall_seconds are below seconds at step {line.Step}");
            if (line.Step != step + 1) yield return Invariant($"step {line.Step} follows step {step}");
            (seconds, wall, step) = (line.Seconds, line.WallSeconds ?? double.NaN, line.Step);
        }
    }
}
