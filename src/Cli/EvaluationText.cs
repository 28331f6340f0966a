using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>What was measured, as tables.</summary>
internal static class EvaluationText
{
    /// <summary>Metric by metric.</summary>
    public static void Write(Display display, GoldEvaluation evaluation, IReadOnlyList<MetricSummary> metrics, int contextLength)
    {
        var rows = evaluation.Results.OfType<RowResult>().Select(result => result.Row).ToArray();
        display.Heading($"Answers to {Show.Count(rows.Length, "question")}");
        foreach (var row in evaluation.TooLong) display.Line(Show.Text($"{Show.RelativePaths(row.Place)} does not fit into {contextLength} tokens and is left out."));
        display.Table(["task", "metric", "value", "95 % interval", "rows"], metrics.SelectMany(metric => Lines(metric)));
    }

    /// <summary>Two models on the same questions.</summary>
    public static void Write(Display display, IReadOnlyList<MetricComparison> comparison, string model, string other)
    {
        display.Heading($"{Show.RelativePaths(model)} against {Show.RelativePaths(other)}, on the same questions");
        display.Table(["task", "metric", "value", "other", "difference", "95 % interval", "better", "worse", "rows", "verdict"], comparison.Select(metric => (IReadOnlyList<string>)
        [
            Name(metric.Shape), metric.Metric.Title, Value(metric.Metric, metric.Value), Value(metric.Metric, metric.Other),
            Value(metric.Metric, metric.Value - metric.Other), Range(metric.Metric, metric.Difference),
            Show.Count(metric.Better), Show.Count(metric.Worse), Show.Count(metric.Rows), Verdict(metric),
        ]));
    }

    /// <summary>The loss on plain text.</summary>
    public static void Write(Display display, string name, ValidationResult held)
    {
        display.Line(Show.Text($"{name}: loss {held.Loss:F4} nats per token, perplexity {held.Perplexity:F2}, {held.BitsPerByte:F4} bits per byte, on {Show.Count(held.Tokens)} tokens ({Show.Count(held.Bytes, "byte")} of text)"));
        display.Line(held.LossInterval is var (low, high)
            ? Show.Text($"95 % interval over {held.Windows.Count} windows of such text: loss {low:F4} … {high:F4}, perplexity {Math.Exp(low):F2} … {Math.Exp(high):F2}")
            : Show.Text($"{Show.Count(held.Windows.Count, "window")} are too few for an interval: it takes four."));
    }

    /// <summary>The losses of a fine-tuned model.</summary>
    /// <param name="display">Takes the text.</param>
    /// <param name="name">Which model of the run.</param>
    /// <param name="held">Its losses.</param>
    /// <param name="answers">How many answers were held out.</param>
    public static void Write(Display display, string name, HeldOutLoss held, int answers) => display.Line(held.Validation is { } loss
        ? Show.Text($"{name}: loss {loss:F4} nats per token of {Show.Count(answers, "held-out answer")}, {held.Text:F4} of running text")
        : Show.Text($"{name}: no answers were held out; loss {held.Text:F4} nats per token of running text"));

    /// <summary>What was forgotten.</summary>
    public static void Write(Display display, Forgetting forgetting, string before)
    {
        var interval = forgetting.Interval is { } range ? Show.Text($" (95 % interval {Show.Percent(range.Low)} … {Show.Percent(range.High)})") : "";
        display.Line(Show.Text($"forgetting: loss on plain text {forgetting.Base:F4} → {forgetting.Loss:F4} since {Show.RelativePaths(before)}, {Show.Percent(forgetting.Increase)}{interval}, on {Show.Count(forgetting.Tokens)} tokens"));
    }

    /// <summary>Says where questions may have been learned.</summary>
    public static void WriteNotices(Display display, TrainingPlan? plan, IReadOnlyList<string> gold)
    {
        if (plan?.Sft is not { } sft) return;
        var learned = gold.Where(file => sft.Sources.Any(source => SameFile(source.Path, file))).ToArray();
        var unknown = gold.Where(file => !sft.Gold.Any(kept => SameFile(kept, file))).Except(learned).ToArray();
        if (learned.Length > 0) display.Line($"Learned from, so this measures memory: {string.Join(", ", learned.Select(Show.RelativePaths))}");
        if (unknown.Length > 0) display.Line($"Not among the gold files of the plan (sft.gold), so nothing kept their rows out of training: {string.Join(", ", unknown.Select(Show.RelativePaths))}");
    }

    // By name or by content: files come along with programs and are copied.
    private static bool SameFile(string a, string b) => string.Equals(Path.GetFullPath(a), Path.GetFullPath(b), StringComparison.Ordinal)
        || (File.Exists(a) && File.Exists(b) && new FileInfo(a).Length == new FileInfo(b).Length && File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b)));

    private static IEnumerable<IReadOnlyList<string>> Lines(MetricSummary metric)
    {
        yield return [Name(metric.Shape), metric.Metric.Title, Value(metric.Metric, metric.Value), Range(metric.Metric, metric.Interval), Show.Count(metric.Rows)];
        if (metric.Metric != Metric.Loss) yield break;
        yield return [Name(metric.Shape), "perplexity", Show.Text($"{Math.Exp(metric.Value):F2}"), metric.Interval is { } range ? Show.Text($"{Math.Exp(range.Low):F2} … {Math.Exp(range.High):F2}") : "–", Show.Count(metric.Rows)];
    }

    private static string Range(Metric metric, Interval? interval) => interval is { } range ? $"{Value(metric, range.Low)} … {Value(metric, range.High)}" : "–";

    private static string Value(Metric metric, double value) => metric == Metric.Loss ? Show.Text($"{value:F4}") : Show.Percent(value);

    private static string Verdict(MetricComparison metric) => !metric.IsShown ? "no difference is shown"
        : metric.Difference!.Value.Low > 0 != metric.Metric.LowerIsBetter ? "better" : "worse";

    private static string Name(TaskShape? shape) => shape switch
    {
        TaskShape.Classification => "classification",
        TaskShape.MultipleChoice => "multiple choice",
        TaskShape.Extraction => "extraction",
        TaskShape.Answer => "answer",
        TaskShape.GroundedAnswer => "answer from context",
        TaskShape.Refusal => "unanswerable",
        _ => "all",
    };
}
