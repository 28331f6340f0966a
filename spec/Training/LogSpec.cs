using System.Globalization;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Tokenization;
using static System.FormattableString;

namespace TurkishLlm.Spec.Training;

/// <summary>The logs of a run for other programs: LOG-01 and LOG-02.</summary>
public static class LogSpec
{
    private static readonly LoggedRunCase[] Runs =
    [
        new(KilledAfter: 5, ResumedAfter: 3, RolledBackFrom: 6, RolledBackTo: 4, Steps: 8, HasPairs: false),
        new(KilledAfter: 4, ResumedAfter: 4, RolledBackFrom: 7, RolledBackTo: 2, Steps: 9, HasPairs: true),
    ];

    // The numbers of a step by their tag in TensorBoard and their column in CSV.
    private static readonly (string Tag, string Column, Func<StepMetrics, double?> Value)[] Numbers =
    [
        ("train/loss", "loss", line => line.Loss), ("train/lr", "lr", line => line.LearningRate),
        ("train/grad_norm", "grad_norm", line => line.GradientNorm), ("train/tokens", "tokens", line => line.Tokens),
        ("train/tokens_per_second", "tokens_per_second", line => line.TokensPerSecond),
        ("train/seconds", "seconds", line => line.Seconds), ("train/wall_seconds", "wall_seconds", line => line.WallSeconds),
        ("train/memory_bytes", "memory_bytes", line => line.MemoryBytes),
        ("train/gpu_utilization", "gpu_utilization", line => line.Gpu?.Utilization),
        ("train/gpu_memory_utilization", "gpu_memory_utilization", line => line.Gpu?.MemoryUtilization),
        ("train/gpu_temperature", "gpu_temperature", line => line.Gpu?.Temperature),
        ("train/gpu_power", "gpu_power", line => line.Gpu?.Power),
        ("train/loss_terms", "loss_terms", line => line.LossTerms), ("train/epoch", "epoch", line => line.Epoch),
        ("train/squared_gradient", "squared_gradient", line => line.GradientNoise?.SquaredGradient),
        ("train/gradient_variance", "gradient_variance", line => line.GradientNoise?.Variance),
        ("validation/loss", "validation_loss", line => line.ValidationLoss),
        ("validation/bits_per_byte", "validation_bits_per_byte", line => line.ValidationBitsPerByte),
        ("validation/text_loss", "text_loss", line => line.TextLoss),
        .. Pairs("reward_chosen", pairs => pairs.RewardChosen), .. Pairs("reward_rejected", pairs => pairs.RewardRejected),
        .. Pairs("margin", pairs => pairs.Margin), .. Pairs("accuracy", pairs => pairs.Accuracy),
        .. Pairs("logp_chosen", pairs => pairs.LogpChosen), .. Pairs("logp_rejected", pairs => pairs.LogpRejected),
        .. Pairs("kl", pairs => pairs.Kl),
        Answers("reward", answers => answers.Reward), Answers("no_spread", answers => answers.NoSpread),
        Answers("answer_tokens", answers => answers.AnswerTokens), Answers("ended", answers => answers.Ended),
        Answers("kl", answers => answers.Kl), Answers("clipped", answers => answers.Clipped),
        Answers("entropy", answers => answers.Entropy),
    ];

    public static readonly Requirement<LoggedRunCase, LogRun> LOG_01_TensorBoard = new()
    {
        Id = "LOG-01",
        Statement = "Whenever a run is killed, its event files have every number and sample of its log once, under its step, in "
            + "whole records with valid checksums; also after the run was resumed or rolled back.",
        Source = "TensorFlow: record_writer.h, event.proto; TensorBoard: event_accumulator.py (restarts)",
        CanonicalCases = Runs,
        Subject = (_, _) => parts => LoggedRun.Record(parts),
        Holds = (log, c, at) =>
        {
            var parts = LoggedRun.Create(c, at);
            return Verdict.All(LoggedRun.Expected(parts).Zip(log(parts)).Zip(parts)
                .Select(moment => CompareEvents(moment.First.First, moment.First.Second.EventFiles, moment.Second.StartTime)));
        },
        Impostors = new()
        {
            ["steps are counted from 0"] = (_, _) => parts => LoggedRun.Record(parts, AddToStep(-1)),
            ["repeats steps after resuming"] = (_, _) => parts => EventFileBytes.KeepOlder(LoggedRun.Record(parts)),
            ["checksums are not masked"] = WithRecords(records => records.Select(EventFileBytes.Unmask)),
            ["the last record is missing after a kill"] = WithRecords(records => records.SkipLast(1)),
            ["the last record is torn after a kill"] = WithRecords(records =>
                records.SkipLast(1).Append(records[^1][..^3])),
            ["times are in milliseconds"] = WithRecords(records => records.Select(EventFileBytes.MultiplyTime)),
            ["all samples of a step have one tag"] = Replace("samples/2", "samples/1"),
            ["texts are of no plugin"] = Replace("\n\u0004text", "\n\u0004none"),
            ["the version is the first"] = Replace("brain.Event:2", "brain.Event:1"),
            ["validation before the first step is missing"] = (_, _) => parts => LoggedRun.Record(parts, ChangeStep(
                step => step with { InitialValidation = null })),
            ["validation is that of training"] = (_, _) => parts => LoggedRun.Record(parts, ChangeStep(
                step => step with { ValidationLoss = step.ValidationLoss is null ? null : step.Loss })),
            ["the device's utilization is that of its memory"] = (_, _) => parts => LoggedRun.Record(parts, ChangeStep(
                step => step with { Gpu = step.Gpu is { } gpu ? gpu with { Utilization = gpu.MemoryUtilization } : null })),
            ["samples are those of the first prompt"] = (_, _) => parts => LoggedRun.Record(parts, line =>
                line.Sample is { } sample ? line with { Sample = sample with { Text = sample.Prompt } } : line),
        },
    };

    public static readonly Requirement<LoggedRunCase, LogRun> LOG_02_Csv = new()
    {
        Id = "LOG-02",
        Statement = "Whenever a run is killed, its table has a header and one whole line for each step of its log, with exactly "
            + "its numbers, in every culture; also after the run was resumed or rolled back.",
        Source = "RFC 4180",
        CanonicalCases = Runs,
        Subject = (_, _) => parts => LoggedRun.Record(parts),
        Holds = (log, c, at) =>
        {
            var parts = LoggedRun.Create(c, at);
            var logged = Cultures.RunWith(Cultures.TestCultures().First(), () => log(parts));
            return Verdict.All(LoggedRun.Expected(parts).Zip(logged).Select(moment => Verdict.SameElements(
                ExpectedTable(moment.First), EventFileBytes.ToText(moment.Second.Table).Split('\n'), "line")));
        },
        Impostors = new()
        {
            ["steps are counted from 0"] = (_, _) => parts => LoggedRun.Record(parts, AddToStep(-1)),
            ["repeats steps after resuming"] = (_, _) => parts => EventFileBytes.KeepOlder(LoggedRun.Record(parts)),
            ["numbers have decimal commas"] = WithTable(text => text.Replace('.', ',')),
            ["the last line is missing after a kill"] = WithTable(text => text[..(text[..^1].LastIndexOf('\n') + 1)]),
            ["the last line is torn after a kill"] = WithTable(text => text[..^4]),
            ["there is no header"] = WithTable(text => text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..]),
            ["what was not measured is 0"] = WithTable(text => text.Replace(",,", ",0,", StringComparison.Ordinal)),
            ["numbers are rounded to float32"] = (_, _) => parts => LoggedRun.Record(parts, ChangeStep(
                step => step with { Loss = (float)step.Loss })),
            ["what the device does not report is 0"] = (_, _) => parts => LoggedRun.Record(parts, ChangeStep(
                step => step with { Gpu = step.Gpu is { } gpu ? gpu with { Power = gpu.Power ?? 0 } : null })),
            ["two columns are exchanged"] = WithTable(text => text.Replace(",loss,lr,", ",lr,loss,", StringComparison.Ordinal)),
            ["validation before the first step is missing"] = (_, _) => parts => LoggedRun.Record(parts, ChangeStep(
                step => step with { InitialValidation = null })),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [LOG_01_TensorBoard, LOG_02_Csv];

    private static (string, string, Func<StepMetrics, double?>)[] Pairs(string name, Func<PreferenceMetrics, double?> value) =>
    [
        ($"train/{name}", name, line => line.Preference is { } pairs ? value(pairs) : null),
        ($"validation/{name}", $"validation_{name}", line => line.ValidationPreference is { } pairs ? value(pairs) : null),
    ];

    private static (string, string, Func<StepMetrics, double?>) Answers(string name, Func<GrpoMetrics, double> value) =>
        ($"train/{name}", name, line => line.Grpo is { } answers ? value(answers) : null);

    // The line of step 1 has the validation before it, which is step 0: only these numbers, and no others.
    private static IEnumerable<(long Step, IReadOnlyList<double?> Values)> Rows(StepMetrics line)
    {
        if (line.InitialValidation is { } before)
        {
            var validation = line with
            {
                ValidationLoss = before.Loss, TextLoss = before.TextLoss, ValidationBitsPerByte = before.BitsPerByte,
                ValidationPreference = before.Preference,
            };
            yield return (0, [.. Numbers.Select(number => number.Tag.StartsWith('v') ? number.Value(validation) : null)]);
        }
        yield return (line.Step, [.. Numbers.Select(number => number.Value(line))]);
    }

    private static Verdict CompareEvents(IReadOnlyList<LogLine> lines, IReadOnlyList<byte[]> files, DateTimeOffset start)
    {
        var events = new List<LoggedEvent>();
        try
        {
            foreach (var file in files)
            {
                var read = EventFileReader.Read(file);
                if (read is not [{ FileVersion: "brain.Event:2" }, ..])
                    return Verdict.That(false, $"the version is {(read is [var first, ..] ? first.FileVersion : "missing")}");
                foreach (var next in read)
                {
                    // What TensorBoard does after a restart.
                    if (next.IsSessionStart) events.RemoveAll(earlier => earlier.Step >= next.Step);
                    events.Add(next);
                }
            }
        }
        catch (InvalidDataException error)
        {
            return Verdict.That(false, error.Message);
        }
        var origin = (start - DateTimeOffset.UnixEpoch).TotalSeconds;
        var late = events.Where(one => one.Values.Count > 0)
            .Select(one => Math.Abs(one.WallTime - origin - 0.75 * one.Step)).DefaultIfEmpty(0).Max();
        var falls = events.Zip(events.Skip(1)).Count(pair => pair.Second.Step < pair.First.Step);
        return Verdict.All(
            Verdict.SameElements(Sort(ExpectedValues(lines)), Sort(events.SelectMany(Describe)), "value"),
            Verdict.Equal(0, falls, "times that the step falls"),
            Verdict.AtMost(1e-3, late, "seconds between the time of an event and that of its step"));
    }

    private static IEnumerable<string> ExpectedValues(IReadOnlyList<LogLine> lines)
    {
        var counts = new Dictionary<long, int>();
        foreach (var line in lines)
        {
            if (line.Sample is { } sample)
            {
                var number = counts[sample.Step] = counts.GetValueOrDefault(sample.Step) + 1;
                yield return Invariant($"samples/{number} {sample.Step} {sample.Text}");
                continue;
            }
            foreach (var (step, values) in Rows(line.Step!))
                foreach (var (number, value) in Numbers.Zip(values))
                    if (value is { } measured) yield return Invariant($"{number.Tag} {step} {(float)measured:R}");
        }
    }

    private static IEnumerable<string> Describe(LoggedEvent one) => one.Values.Select(value => value.Number is { } number
        ? Invariant($"{value.Tag} {one.Step} {number:R}")
        : Invariant($"{value.Tag} {one.Step} {value.Text}"));

    private static string[] Sort(IEnumerable<string> values) => [.. values.Order(StringComparer.Ordinal)];

    private static string[] ExpectedTable(IReadOnlyList<LogLine> lines) =>
    [
        $"step,{string.Join(',', Numbers.Select(number => number.Column))}",
        .. lines.Where(line => line.Step is not null).SelectMany(line => Rows(line.Step!)).Select(row => string.Join(
            ',', row.Values.Select(value => value?.ToString(CultureInfo.InvariantCulture) ?? "")
                .Prepend(row.Step.ToString(CultureInfo.InvariantCulture)))),
        "",
    ];

    private static Func<LogLine, LogLine> ChangeStep(Func<StepMetrics, StepMetrics> change) =>
        line => line.Step is { } step ? line with { Step = change(step) } : line;

    private static Func<LogLine, LogLine> AddToStep(int number) => ChangeStep(step => step with { Step = step.Step + number });

    private static Func<LoggedRunCase, Conditions, LogRun> WithRecords(Func<IReadOnlyList<byte[]>, IEnumerable<byte[]>> change) =>
        (_, _) => parts => [.. LoggedRun.Record(parts).Select(files => files with
        {
            EventFiles =
            [
                .. files.EventFiles.Select(file => change(EventFileBytes.Split(file)).SelectMany(bytes => bytes).ToArray()),
            ],
        })];

    private static Func<LoggedRunCase, Conditions, LogRun> Replace(string text, string other) => WithRecords(records =>
        records.Select(record => EventFileBytes.Replace(record, text, other)));

    private static Func<LoggedRunCase, Conditions, LogRun> WithTable(Func<string, string> change) =>
        (_, _) => parts => [.. LoggedRun.Record(parts).Select(files => files with
        {
            Table = System.Text.Encoding.UTF8.GetBytes(change(EventFileBytes.ToText(files.Table))),
        })];
}
