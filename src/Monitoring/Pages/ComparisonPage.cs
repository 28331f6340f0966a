using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders a comparison of runs: their curves over steps, tokens and time.</summary>
public static class ComparisonPage
{
    /// <summary>Renders the page.</summary>
    /// <param name="comparison">The runs.</param>
    /// <param name="headings">Column headings of the table.</param>
    /// <param name="rows">Rows of the table: a name, then a cell per run.</param>
    public static string RenderHtml(
        RunComparison comparison, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return HtmlPage.Render(string.Join(" · ", comparison.Labels),
            $"""
            <header><h1>{Encode(string.Join(" · ", comparison.Labels))}</h1></header>
            {string.Concat(comparison.Caveats.Select(caveat => $"<p class=\"warn\">{Encode(caveat)}</p>"))}
            {Legend(comparison)}
            {Charts(comparison, "training", "Training loss, smoothed, nats per token", line => line.Loss, smooth: true)}
            {Charts(comparison, "validation", "Validation loss, nats per token", line => line.ValidationLoss, smooth: false)}
            {Charts(comparison, "bits", "Validation, bits per byte", line => line.ValidationBitsPerByte, smooth: false)}
            <h2>Summary</h2>
            <div class="card scroll">{Table(headings, rows)}</div>
            <h2>Plan differences</h2>
            <div class="card scroll">{Table(["key", .. comparison.Labels], [.. comparison.PlanDifferences.Select(difference => (IReadOnlyList<string>)[difference.Key, .. difference.Values.Select(value => value?.Trim('"') ?? "–")])])}</div>
            """);
    }

    private static string Legend(RunComparison comparison) =>
        "<ul class=\"legend\">"
        + string.Concat(comparison.Labels.Select((label, i) =>
            "<li><svg viewBox=\"0 0 34 8\" aria-hidden=\"true\">"
            + Invariant($"<path class=\"line c{i % ReportStyle.ColorCount}\" d=\"M1 4h32\"/></svg>{Encode(label)}</li>")))
        + "</ul>";

    private static string Charts(
        RunComparison comparison, string name, string title, Func<StepMetrics, double?> value, bool smooth)
    {
        if (!comparison.Runs.Any(run => run.Steps.Any(line => value(line) is not null))) return "";
        string By(Func<StepMetrics, double> place, Func<double, string> say, Func<double, string> tick) =>
            RenderResponsive(size =>
                new(
            title,
            [
                .. comparison.Runs.Select(
                    (run, i) =>
                        new ChartLine(
                            Encode(comparison.Labels[i]),
                            Curve.FromValues(
                                run.Steps.Where(line => value(line) is not null)
                                    .Select(line => (place(line), value(line)!.Value)),
                                smooth))),
            ],
            FormatNumber)
        {
            Width = size.Width, Height = size.Height, YTickCount = size.Lines, FormatX = say, FormatXTick = tick,
        });

        return $"""
            <div class="card wide" style="margin-bottom:14px">{RenderTabs(name,
                ("by step", By(line => line.Step, x => Invariant($"step {x:N0}"), ShortNumber.Format)),
                ("by tokens", By(line => line.Tokens, x => $"{ShortNumber.Format(x)} tokens", ShortNumber.Format)),
                ("by time", By(RunProgress.GetWallSeconds, ShortNumber.FormatDuration, ShortNumber.FormatDuration)))}</div>
            """;
    }

    private static string Table(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows) =>
        rows.Count == 0
            ? "<p>None.</p>"
            : $"<table><thead><tr>{string.Concat(headings.Select(heading => $"<th>{Encode(heading)}</th>"))}</tr></thead><tbody>"
                + string.Concat(
                    rows.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{Encode(cell)}</td>"))}</tr>"))
                + "</tbody></table>";
}
