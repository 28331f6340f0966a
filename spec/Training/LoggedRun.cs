using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Spec.Training;

/// <summary>A run that is killed, resumed from a checkpoint, and rolled back.</summary>
/// <param name="KilledAfter">The last step before the kill.</param>
/// <param name="ResumedAfter">Step of the checkpoint from which it resumes.</param>
/// <param name="RolledBackFrom">The last step before the rollback.</param>
/// <param name="RolledBackTo">Step of the checkpoint to which it is rolled back.</param>
/// <param name="Steps">The last step.</param>
/// <param name="HasPairs">True for preference pairs, false for text.</param>
public sealed record LoggedRunCase(
    int KilledAfter, int ResumedAfter, int RolledBackFrom, int RolledBackTo, int Steps, bool HasPairs);

/// <summary>A line of a log.</summary>
/// <param name="Step">A step; null if the line is a sample.</param>
/// <param name="Sample">A sample; null if the line is a step.</param>
public sealed record LogLine(StepMetrics? Step, TextSample? Sample)
{
    internal long Number => Step?.Step ?? Sample!.Step;
}

/// <summary>What a run logs between two starts or rollbacks.</summary>
/// <param name="AfterStep">The last step that is kept of what was logged before.</param>
/// <param name="StartTime">Time of the start of the run, without interruptions.</param>
/// <param name="IsNewProcess">True for a start, false for a rollback.</param>
/// <param name="Lines">The lines, in order.</param>
public sealed record LogPart(long AfterStep, DateTimeOffset StartTime, bool IsNewProcess, IReadOnlyList<LogLine> Lines);

/// <summary>Files of a log, as a killed process leaves them.</summary>
/// <param name="EventFiles">Contents of the event files, in the order of their names.</param>
/// <param name="Table">Content of the table.</param>
public sealed record LogFiles(IReadOnlyList<byte[]> EventFiles, byte[] Table);

/// <summary>Logs a run, and returns the files right after the last line of each part, before anything is closed.</summary>
public delegate IReadOnlyList<LogFiles> LogRun(IReadOnlyList<LogPart> parts);

/// <summary>Makes the lines of runs, and logs them.</summary>
internal static class LoggedRun
{
    /// <summary>Makes the parts of a case. Repeated steps have other values.</summary>
    public static IReadOnlyList<LogPart> Create(LoggedRunCase c, Conditions at)
    {
        var values = new Random((int)at.Seed + c.Steps);
        var start = DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000.25);
        return
        [
            new(0, start, IsNewProcess: true, Lines(0, c.KilledAfter)),
            new(c.ResumedAfter, start.AddSeconds(5000), IsNewProcess: true, Lines(c.ResumedAfter, c.RolledBackFrom)),
            new(c.RolledBackTo, start.AddSeconds(5000), IsNewProcess: false, Lines(c.RolledBackTo, c.Steps)),
        ];

        IReadOnlyList<LogLine> Lines(int after, int last)
        {
            var lines = new List<LogLine>();
            if (after == 0) lines.Add(new(null, new TextSample(0, "Depo", Text())));
            for (var step = after + 1; step <= last; step++)
            {
                lines.Add(new(Step(step), null));
                if (step % 2 == 0)
                    foreach (var prompt in (string[])["Depo", "İş"]) lines.Add(new(null, new TextSample(step, prompt, Text())));
            }
            return lines;
        }

        StepMetrics Step(int step) => new(
            step, values.NextDouble() * 9, 1e-3 * values.NextDouble(), step == 3 ? double.PositiveInfinity : values.NextDouble(),
            step * 4096L, values.NextDouble() * 1e5, step * 0.5, 3_000_000_000 + step,
            ValidationLoss: step % 2 == 0 ? values.NextDouble() * 9 : null,
            ValidationBitsPerByte: step % 2 == 0 && !c.HasPairs ? values.NextDouble() * 3 : null,
            WallSeconds: step * 0.75,
            TextLoss: step % 4 == 0 ? values.NextDouble() * 9 : null,
            LossTerms: c.HasPairs ? 7 * step : null,
            Epoch: c.HasPairs ? step / 3.0 : null,
            InitialValidation: step == 1
                ? new(values.NextDouble(), values.NextDouble(), Preference: c.HasPairs ? Pairs() : null) : null,
            Preference: c.HasPairs ? Pairs() : null,
            ValidationPreference: c.HasPairs && step % 2 == 0 ? Pairs() : null,
            Gpu: step % 3 == 0 ? null : Gpu(step));

        GpuMetrics Gpu(int step) => new(
            values.NextDouble(), values.NextDouble(), 40 + values.Next(50), step == 4 ? null : 700 * values.NextDouble());

        PreferenceMetrics Pairs() => new(
            values.NextDouble(), -values.NextDouble(), values.NextDouble(), values.NextDouble(), -values.NextDouble() * 99,
            -values.NextDouble() * 99);

        string Text() => $"Depo, {values.Next()}\n\"ğüşıöçİ\", \U0001F4E6";
    }

    /// <summary>The lines that a log has after each part.</summary>
    public static IEnumerable<IReadOnlyList<LogLine>> Expected(IReadOnlyList<LogPart> parts)
    {
        IReadOnlyList<LogLine> kept = [];
        foreach (var part in parts) yield return kept = [.. kept.Where(line => line.Number <= part.AfterStep), .. part.Lines];
    }

    /// <summary>Logs with the real classes.</summary>
    /// <param name="parts">The run.</param>
    /// <param name="change">Changes lines on their way, for an impostor; null for none.</param>
    public static IReadOnlyList<LogFiles> Record(IReadOnlyList<LogPart> parts, Func<LogLine, LogLine>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-logs-");
        var run = RunFolder.OpenExisting(folder.FullName);
        var found = new List<LogFiles>();
        OtherLogs? logs = null;
        try
        {
            foreach (var part in parts)
            {
                if (part.IsNewProcess) logs?.Dispose();
                using var metrics = MetricsLog.Open(run.MetricsFile, part.AfterStep);
                using var samples = SampleLog.Open(run.SamplesFile, part.AfterStep);
                if (part.IsNewProcess) logs = OtherLogs.Open(run, LogFormats.TensorBoard | LogFormats.Csv, part.StartTime);
                else logs!.Restart();
                foreach (var line in part.Lines.Select(change ?? (line => line)))
                {
                    if (line.Step is { } step)
                    {
                        metrics.Append(step);
                        logs.Append(step);
                    }
                    if (line.Sample is not { } sample) continue;
                    samples.Append(sample);
                    logs.Append(sample);
                }
                found.Add(Read(run));
            }
            return found;
        }
        finally
        {
            logs?.Dispose();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Reads the files of a run.</summary>
    public static LogFiles Read(RunFolder run) => new(
        [
            .. Directory.EnumerateFiles(run.TensorBoardFolder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
        ],
        File.ReadAllBytes(run.CsvFile));
}
