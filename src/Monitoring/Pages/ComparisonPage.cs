using System.Globalization;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders a comparison of runs: their curves over steps, tokens and time.</summary>
public static class ComparisonPage
{
    /// <summary>Renders the page.</summary>
    /// <param name="comparison">The runs.</param>
    /// <param name="rows">Rows of the summary: a name, then a value per run.</param>
    /// <param name="frame">What a server adds; null for a file.</param>
    public static string RenderHtml(
        RunComparison comparison, IReadOnlyList<IReadOnlyList<string>> rows, PageFrame? frame = null)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        var title = string.Join(" · ", comparison.Labels);
        var differences = comparison.PlanDifferences.Select(difference => (IReadOnlyList<string>)
            [difference.Key, .. difference.Values.Select(value => value?.Trim('"') ?? "–")]);
        return HtmlPage.Render(title, Html.From(
            $"""
            {HtmlPage.RenderHeader(title, Html.From($"comparison of {comparison.Runs.Count} runs"))}
            {comparison.Caveats.Select(caveat => Html.From($"<p class=\"warn\">{caveat}</p>\n"))}
            {Charts(comparison, "training", "Training loss, smoothed, nats per token", line => line.Loss, smooth: true)}
            {Charts(comparison, "validation", "Validation loss, nats per token", line => line.ValidationLoss, smooth: false)}
            {Charts(comparison, "bits", "Validation, bits per byte", line => line.ValidationBitsPerByte, smooth: false)}
            <h2>Summary</h2>
            <div class="card">{Table(comparison, "", rows)}</div>
            <h2>Plan differences</h2>
            <div class="card">{Table(comparison, "key", differences)}</div>
            """), frame);
    }

    private static Html Charts(
        RunComparison comparison, string name, string title, Func<StepMetrics, double?> value, bool smooth)
    {
        if (!comparison.Runs.Any(run => run.Steps.Any(line => value(line) is not null))) return Html.Empty;
        return ResponsiveCharts.RenderCard(
            name,
            ("by step", Create(line => line.Step, FormatStep, ShortNumber.Format)),
            ("by tokens", Create(line => line.Tokens, x => $"{ShortNumber.Format(x)} tokens", ShortNumber.Format)),
            ("by time", Create(RunProgress.GetWallSeconds, ShortNumber.FormatDuration, ShortNumber.FormatDuration)));

        Func<(double Width, double Height, int Ticks), Chart> Create(
            Func<StepMetrics, double> place, Func<double, string> formatX, Func<double, string> formatTick) =>
            size => new(title, [.. comparison.Runs.Select((run, i) => Line(run, i, place))], PageNumber.Format)
            {
                Width = size.Width, Height = size.Height, YTickCount = size.Ticks, FormatX = formatX, FormatXTick = formatTick,
            };

        ChartLine Line(RunRecord run, int i, Func<StepMetrics, double> place) => new(
            comparison.Labels[i],
            Curve.FromValues(
                run.Steps.Where(line => value(line) is not null).Select(line => (place(line), value(line)!.Value)), smooth),
            GetKey(i));
    }

    private static string FormatStep(double step) => string.Create(CultureInfo.InvariantCulture, $"step {step:N0}");

    private static Html Table(RunComparison comparison, string heading, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new HtmlTable(
            [(heading, ColumnKind.Text), .. comparison.Labels.Select((label, i) => ($"{GetKey(i)}: {label}", ColumnKind.Text))])
        {
            HasEqualColumns = true,
        };
        foreach (var row in rows) table.Add([.. row.Select(Html.FromText)]);
        return table.Render();
    }

    // A, B, … Z, A2, …: short enough for a reading.
    private static string GetKey(int run) =>
        $"{(char)('A' + run % 26)}{(run < 26 ? "" : (run / 26 + 1).ToString(CultureInfo.InvariantCulture))}";
}
