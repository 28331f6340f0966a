using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>Prints the results of an evaluation as tables.</summary>
internal static class EvaluationText
{
    /// <summary>Prints one row per metric.</summary>
    public static void Write(Display display, GoldEvaluation evaluation, IReadOnlyList<MetricSummary> metrics, int contextLength)
    {
        var rows = evaluation.Results.OfType<RowResult>().Select(result => result.Row).ToArray();
        display.WriteHeading($"Answers to {Format.Count(rows.Length, "question")}");
        foreach (var row in evaluation.TooLong)
            display.WriteLine(
                Format.Invariant($"{Format.RelativePaths(row.Location)} does not fit into {contextLength} tokens; skipped."));
        display.WriteTable(
            ["task", "metric", "value", "95 % interval", "rows"],
            metrics.SelectMany(metric => GetTableRows(metric)));
    }

    /// <summary>Prints the metrics of each slice, one table per field.</summary>
    public static void WriteSlices(
        Display display,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyDictionary<string, MetricValue>>>? all)
    {
        foreach (var (field, slices) in all ?? new Dictionary<string, IReadOnlyDictionary<
            string, IReadOnlyDictionary<string, MetricValue>>>())
        {
            Metric[] metrics = [.. Metric.All.Where(metric => slices.Values.Any(slice => slice.ContainsKey(metric.Name)))
                .Where(metric => metric.IsHeadline)];
            display.WriteHeading($"By {field}");
            display.WriteTable(
                [field, .. metrics.Select(metric => metric.Title), "rows"],
                slices.Select(slice => (IReadOnlyList<string>)
                [
                    slice.Key, .. metrics.Select(metric =>
                        slice.Value.TryGetValue(metric.Name, out var value) ? metric.Format(value.Value) : "–"),
                    Format.Count((long)slice.Value.Where(value => value.Key != Metric.Loss.Name)
                        .Select(value => value.Value.Weight).DefaultIfEmpty(0).Max()),
                ]));
        }
    }

    /// <summary>Prints the comparison of two models on the same questions.</summary>
    public static void Write(Display display, IReadOnlyList<MetricComparison> comparison, string model, string other)
    {
        display.WriteHeading($"{Format.RelativePaths(model)} vs. {Format.RelativePaths(other)}, on the same questions");
        display.WriteTable(
            ["task", "metric", "value", "other", "difference", "95 % interval", "better", "worse", "rows", "verdict"],
            comparison.Select(metric =>
                (IReadOnlyList<string>)
        [
            FormatTaskName(metric.TaskType),
            metric.Metric.Title, FormatValue(metric.Metric, metric.Value), FormatValue(metric.Metric, metric.Other),
            FormatValue(metric.Metric, metric.Value - metric.Other), FormatInterval(metric.Metric, metric.Difference),
            Format.Count(metric.BetterRows), Format.Count(metric.WorseRows), Format.Count(metric.Rows), FormatVerdict(metric),
        ]));
    }

    /// <summary>Prints the loss on plain text.</summary>
    public static void Write(Display display, string name, PerplexityMetrics held)
    {
        display.WriteLine(
            Format.Invariant($"{name}: loss {held.Loss:F4} nats per token, perplexity {held.Perplexity:F2}, ")
                + Format.Invariant($"{held.BitsPerByte:F4} bits per byte, ")
                + $"on {Format.Count(held.Tokens)} tokens ({Format.Count(held.Bytes, "byte")} of text)");
        display.WriteLine(held.LossInterval is var (low, high)
            ? Format.Invariant($"95 % interval over {Format.Count(held.Windows.Count, "window")}: loss {low:F4} … {high:F4}, ")
                + Format.Invariant($"perplexity {Math.Exp(low):F2} … {Math.Exp(high):F2}")
            : $"{Format.Count(held.Windows.Count, "window is", "windows are")} too few for an interval "
                + "(at least 4 are needed).");
    }

    /// <summary>Prints the losses of a fine-tuned model.</summary>
    /// <param name="display">Output.</param>
    /// <param name="name">Display name of the model.</param>
    /// <param name="held">Losses of the model.</param>
    /// <param name="answers">Number of held-out answers.</param>
    public static void Write(Display display, string name, ValidationMetrics held, int answers) =>
        display.WriteLine(
            held.Loss is { } loss
        ? Format.Invariant($"{name}: loss {loss:F4} nats per token on {Format.Count(answers, "held-out answer")}, ")
            + Format.Invariant($"{held.TextLoss:F4} on plain text")
        : Format.Invariant($"{name}: no answers were held out; loss {held.TextLoss:F4} nats per token on plain text"));

    /// <summary>Prints the forgetting of plain text.</summary>
    public static void Write(Display display, ForgettingMetrics forgetting, string before)
    {
        var interval = forgetting.Interval is { } range
            ? Format.Invariant($" (95 % interval {Format.Percent(range.Low)} … {Format.Percent(range.High)})")
            : "";
        display.WriteLine(
            Format.Invariant($"forgetting: loss on plain text {forgetting.BaseLoss:F4} → {forgetting.Loss:F4} ")
                + $"since {Format.RelativePaths(before)}, {Format.Percent(forgetting.Increase)}{interval}, "
                + $"on {Format.Count(forgetting.Tokens)} tokens");
    }

    /// <summary>Warns about gold files that the model may have been trained on.</summary>
    public static void WriteNotices(Display display, TrainingPlan? plan, IReadOnlyList<string> gold)
    {
        foreach (var notice in GetNotices(plan, gold)) display.WriteLine(notice);
    }

    /// <summary>Returns the warnings about gold files that the model may have been trained on.</summary>
    public static IEnumerable<string> GetNotices(TrainingPlan? plan, IReadOnlyList<string> gold)
    {
        if (plan?.Sft is not { } sft) yield break;
        var learned = gold.Where(file => sft.Sources.Any(source => IsSameFile(source.Path, file))).ToArray();
        string[] kept = [.. sft.Gold, .. sft.Validation];
        var unknown = gold.Where(file => !kept.Any(other => IsSameFile(other, file))).Except(learned).ToArray();
        if (learned.Length > 0)
            yield return "The model was trained on these files, so the scores measure memorization: "
                + string.Join(", ", learned.Select(Format.RelativePaths));
        if (unknown.Length > 0)
            yield return "Not listed in sft.gold or sft.validation of the plan, so their rows may be in the training data: "
                + string.Join(", ", unknown.Select(Format.RelativePaths));
    }

    // Compares names, then contents: gold files are often copies.
    private static bool IsSameFile(string a, string b) =>
        string.Equals(Path.GetFullPath(a), Path.GetFullPath(b), StringComparison.Ordinal)
        || (
            File.Exists(a)
            && File.Exists(b)
            && new FileInfo(a).Length == new FileInfo(b).Length
            && File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b)));

    private static IEnumerable<IReadOnlyList<string>> GetTableRows(MetricSummary metric)
    {
        yield return
        [
            FormatTaskName(metric.TaskType), metric.Metric.Title, FormatValue(metric.Metric, metric.Value),
            FormatInterval(metric.Metric, metric.Interval), Format.Count(metric.Rows),
        ];
        if (metric.Metric != Metric.Loss) yield break;
        yield return
        [
            FormatTaskName(metric.TaskType), "perplexity", Format.Invariant($"{Math.Exp(metric.Value):F2}"),
            metric.Interval is { } range ? Format.Invariant($"{Math.Exp(range.Low):F2} … {Math.Exp(range.High):F2}") : "–",
            Format.Count(metric.Rows),
        ];
    }

    public static string FormatInterval(Metric metric, ConfidenceInterval? interval) =>
        interval is { } range ? $"{FormatValue(metric, range.Low)} … {FormatValue(metric, range.High)}" : "–";

    public static string FormatValue(Metric metric, double value) =>
        metric.IsShare ? Format.Percent(value) : Format.Invariant($"{value:F4}");

    public static string FormatVerdict(MetricComparison metric) => !metric.IsSignificant ? "not significant"
        : metric.Difference!.Value.Low > 0 != metric.Metric.LowerIsBetter ? "better" : "worse";

    public static string FormatTaskName(TaskType? task) => task switch
    {
        TaskType.Classification => "classification",
        TaskType.MultipleChoice => "multiple choice",
        TaskType.Extraction => "extraction",
        TaskType.Number => "calculation",
        TaskType.Answer => "answer",
        TaskType.GroundedAnswer => "answer from context",
        TaskType.Refusal => "unanswerable",
        _ => "all",
    };
}
