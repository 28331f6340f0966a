using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Spec.Training;

/// <summary>A log of metrics that is read while it is written, resumed, and rolled back.</summary>
/// <param name="TornAfter">Number of whole lines when a line is read half written.</param>
/// <param name="TornBytes">Number of bytes of that line; -1 for all but its line break.</param>
/// <param name="Steps">The last step before the run is resumed.</param>
/// <param name="ResumedAfter">Step of the checkpoint from which it resumes.</param>
/// <param name="Grown">The last step after it; more than <paramref name="Steps"/>, so the file is longer than before.</param>
/// <param name="RepeatedFrom">First step that is appended again without cutting the file.</param>
public sealed record TailedLogCase(int TornAfter, int TornBytes, int Steps, int ResumedAfter, int Grown, int RepeatedFrom);

/// <summary>Reads a log after each of its versions, and returns the steps of each reading.</summary>
/// <param name="versions">Contents of the file; null while it does not exist.</param>
public delegate IReadOnlyList<IReadOnlyList<StepMetrics>> TailLog(IReadOnlyList<byte[]?> versions);

/// <summary>Reading a log while it grows: LOG-03.</summary>
public static class LogTailSpec
{
    public static readonly Requirement<TailedLogCase, TailLog> LOG_03_Tail = new()
    {
        Id = "LOG-03",
        Statement = "Whenever a log of metrics is read while its run trains, is resumed or is rolled back, the steps are those "
            + "of its whole lines, each step once with its last numbers.",
        Source = "BUG-CKP-24: logs after a resumption; TensorBoard: event_file_loader.py (records that are still being written)",
        CanonicalCases =
        [
            new(TornAfter: 2, TornBytes: 30, Steps: 6, ResumedAfter: 3, Grown: 8, RepeatedFrom: 5),
            new(TornAfter: 4, TornBytes: -1, Steps: 7, ResumedAfter: 6, Grown: 9, RepeatedFrom: 2),
        ],
        Subject = (_, _) => ReadVersions,
        Holds = (tail, c, at) =>
        {
            var log = TailedLog.Create(c, at);
            var readings = tail(log.Versions);
            return Verdict.All(log.Expected.Zip(readings).Index()
                .Select(reading => Verdict.SameElements(
                    [.. reading.Item.First.Select(Format)], [.. reading.Item.Second.Select(Format)],
                    Invariant($"reading {reading.Index + 1}")))
                .Prepend(Verdict.Equal(log.Expected.Count, readings.Count, "number of readings")));
        },
        Impostors = new()
        {
            ["half a line is a step"] = With((readings, log) => [readings[0], log.WithTornLine(), .. readings.Skip(2)]),
            ["a line that was torn is lost"] = With((readings, log) =>
                [.. readings.Take(2), [.. readings[2].Where(line => line.Step != log.TornStep)], .. readings.Skip(3)]),
            ["lines are read again"] = With((readings, _) =>
                [.. readings.Take(2), [.. readings[1], .. readings[2]], .. readings.Skip(3)]),
            ["notices a cut only while the file is shorter"] = With((readings, log) =>
                [.. readings.Take(3), [.. readings[2], .. readings[3].Skip(readings[2].Count)], readings[4]]),
            ["a step that is repeated counts twice"] = With((readings, log) =>
                [.. readings.Take(4), [.. readings[3], .. log.Repeated]]),
            ["the first numbers of a repeated step count"] = With((readings, log) =>
                [.. readings.Take(4), [.. readings[3], .. readings[4].Skip(readings[3].Count)]]),
            ["is one reading late"] = With((readings, _) => [[], .. readings.SkipLast(1)]),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [LOG_03_Tail];

    private static List<IReadOnlyList<StepMetrics>> ReadVersions(IReadOnlyList<byte[]?> versions)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-tail-");
        try
        {
            var file = Path.Combine(folder.FullName, "metrics.jsonl");
            var tail = new MetricsTail(file);
            var readings = new List<IReadOnlyList<StepMetrics>>();
            foreach (var version in versions)
            {
                if (version is not null) File.WriteAllBytes(file, version);
                tail.Read();
                readings.Add([.. tail.Steps]);
            }
            return readings;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Func<TailedLogCase, Conditions, TailLog> With(
        Func<IReadOnlyList<IReadOnlyList<StepMetrics>>, TailedLog, IReadOnlyList<IReadOnlyList<StepMetrics>>> change) =>
        (c, at) => versions => change(ReadVersions(versions), TailedLog.Create(c, at));

    private static string Format(StepMetrics line) =>
        Invariant($"{line.Step}: {line.Loss:R} {line.ValidationLoss:R} {line.Seconds:R} {line.Tokens}");
}
