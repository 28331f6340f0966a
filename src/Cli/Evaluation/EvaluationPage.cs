using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>Renders an evaluation as a self-contained HTML page: scores with intervals, losses and comparison.</summary>
internal static class EvaluationPage
{
    private const int WorstShown = 10;

    private static readonly Html ScoreLegend = Legend.Render(
        LegendEntry.ForArea("line", "value"),
        LegendEntry.ForArea("interval", "95 % confidence interval, by resampling the questions"));

    /// <summary>Renders the page.</summary>
    /// <param name="report">The results.</param>
    /// <param name="maxForgetting">Largest allowed relative increase of the loss on plain text.</param>
    public static string Render(EvaluationReport report, double maxForgetting)
    {
        var model = Format.RelativePaths(report.Model);
        var step = report.Step is { } number ? $" · step {Format.Count(number)}" : "";
        var questions = report.Answers is null ? "" : $" · {Format.Count(report.Rows, "question")}";
        return HtmlPage.Render(
            $"{model} · evaluation",
            Html.Concat(
                HtmlPage.RenderHeader(model, Html.From($"evaluation{step}{questions}")),
                HtmlPage.RenderFacts([.. Losses(report)]),
                Html.Concat(report.Notices.Select(notice => Html.From($"<p class=\"warn\">{notice}</p>\n"))),
                Forgetting(report.Forgetting, maxForgetting), Scores(report), Worst(report), Comparison(report),
                report.Answers is { } answers
                    ? AnswerTable.Render(answers, report.ComparedModel, report.ComparedAnswers)
                    : Html.Empty));
    }

    private static IEnumerable<(string, string)> Losses(EvaluationReport report)
    {
        if (report.HeldOut is { } held)
        {
            if (held.AnswerLoss is { } answers) yield return ("loss on held-out answers", Format.Invariant($"{answers:F4}"));
            if (held.TextLoss is { } text)
            {
                yield return ("loss on plain text", Format.Invariant($"{text:F4}"));
                yield return ("perplexity", Format.Invariant($"{Math.Exp(text):F2}"));
            }
            if (held.TextMetrics is { } measured)
            {
                if (measured.LossInterval is var (low, high))
                    yield return ("95 % interval of the loss", Format.Invariant($"{low:F4} … {high:F4}"));
                yield return ("bits per byte", Format.Invariant($"{measured.BitsPerByte:F4}"));
                yield return ("tokens measured", Format.Count(measured.Tokens));
            }
        }
        if (report.Answers is not { } all) yield break;
        var results = all.Results.OfType<RowResult>().Select(AnswerTable.IsRight).OfType<bool>().ToArray();
        if (results.Length > 0)
            yield return ("right answers", $"{Format.Count(results.Count(right => right))} of {Format.Count(results.Length)}");
        if (report.TooLong.Count > 0) yield return ("questions too long", Format.Count(report.TooLong.Count));
    }

    private static Html Forgetting(ForgettingMetrics? forgetting, double allowed)
    {
        if (forgetting is null) return Html.Empty;
        var interval = forgetting.Interval is { } range
            ? $", 95 % interval {Format.Percent(range.Low)} … {Format.Percent(range.High)}"
            : "";
        var verdict = forgetting.Increase <= allowed
            ? Html.From($"<span class=\"good\">✓ within {Format.Percent(allowed)}</span>")
            : Html.From($"<span class=\"poor\">✗ more than {Format.Percent(allowed)}</span>");
        return Html.From(
            $"""
            <h2>Forgetting</h2>
            <div class="card"><p>Loss on plain text: {forgetting.BaseLoss:F4} before fine-tuning, {forgetting.Loss:F4} after it,
            {Format.Percent(forgetting.Increase)}{interval}, on {forgetting.Tokens:N0} tokens. {verdict}</p></div>

            """);
    }

    private static Html Scores(EvaluationReport report)
    {
        if (report.Metrics.Count == 0) return Html.Empty;
        var tasks = report.Metrics.GroupBy(metric => metric.TaskType).Select(task =>
        {
            var table = new HtmlTable(
                ("metric", ColumnKind.Text), ("value", ColumnKind.Number), ("0 … 100 %", ColumnKind.Bar),
                ("95 % interval", ColumnKind.Number), ("rows", ColumnKind.Number));
            foreach (var metric in task)
                table.Add(
                    Html.FromText(metric.Metric.Title), Html.FromText(EvaluationText.FormatValue(metric.Metric, metric.Value)),
                    metric.Metric == Metric.Loss ? Html.Empty : RenderRange(metric.Value, metric.Interval),
                    Html.FromText(EvaluationText.FormatInterval(metric.Metric, metric.Interval)),
                    Html.FromText(Format.Count(metric.Rows)));
            return Html.From($"<div class=\"card\"><h3>{EvaluationText.FormatTaskName(task.Key)}</h3>{table.Render()}</div>\n");
        });
        return Html.From(
            $"""
            <h2>Scores</h2>
            {ScoreLegend}
            {tasks}
            """);
    }

    private static Html Worst(EvaluationReport report) => report.Answers is not { } answers ? Html.Empty
        : FailureTable.Render(
            "Worst answers",
            [.. WorstAnswers.Select(answers, WorstShown).Select(result => TaskAnswer.FromResult(report.Step ?? 0, "", result))]);

    private static Html RenderRange(double value, ConfidenceInterval? interval)
    {
        var band = interval is { } range
            ? Html.From($"<b style=\"left:{Share(range.Low):F1}%;width:{Share(range.High) - Share(range.Low):F1}%\"></b>")
            : Html.Empty;
        return Html.From($"<div class=\"range\">{band}<i style=\"left:{Share(value):F1}%\"></i></div>");

        static double Share(double value) => 100 * Math.Clamp(value, 0, 1);
    }

    private static Html Comparison(EvaluationReport report)
    {
        if (report.ComparedModel is null) return Html.Empty;
        var table = new HtmlTable(
            ("metric", ColumnKind.Text), ("value", ColumnKind.Number), ("other", ColumnKind.Number),
            ("difference", ColumnKind.Number), ("95 % interval", ColumnKind.Number), ("better", ColumnKind.Number),
            ("worse", ColumnKind.Number), ("verdict", ColumnKind.Number));
        foreach (var metric in report.Comparison)
            table.Add(
                Html.From($"{EvaluationText.FormatTaskName(metric.TaskType)}: {metric.Metric.Title}"),
                Html.FromText(EvaluationText.FormatValue(metric.Metric, metric.Value)),
                Html.FromText(EvaluationText.FormatValue(metric.Metric, metric.Other)),
                Html.FromText(EvaluationText.FormatValue(metric.Metric, metric.Value - metric.Other)),
                Html.FromText(EvaluationText.FormatInterval(metric.Metric, metric.Difference)),
                Html.FromText(Format.Count(metric.BetterRows)), Html.FromText(Format.Count(metric.WorseRows)),
                FormatVerdict(EvaluationText.FormatVerdict(metric)));
        return Html.From(
            $"""
            <h2>Comparison with {Format.RelativePaths(report.ComparedModel)}</h2>
            <p class="soft">On the same questions. Better and worse count the questions on which the models differ.</p>
            <div class="card">{table.Render()}</div>

            """);
    }

    private static Html FormatVerdict(string verdict) => verdict switch
    {
        "better" => Html.From($"<span class=\"good\">✓ better</span>"),
        "worse" => Html.From($"<span class=\"poor\">✗ worse</span>"),
        _ => Html.FromText(verdict),
    };
}
