using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the curves of a report.</summary>
internal sealed class ReportCharts
{
    private const int TableRows = 12;

    private readonly RunRecord _run;
    private readonly IReadOnlyList<(double Step, string What)> _events;

    private ReportCharts(RunRecord run) => (_run, _events) = (run, ReportEvents.GetMarks(run.Events));

    public static string RenderHtml(RunRecord run) => run.Steps.Count == 0 ? "" : new ReportCharts(run).Render();

    private string Render()
    {
        var (linear, logarithmic) = (Loss(_run, _events, logarithmic: false), Loss(_run, _events, logarithmic: true));
        Chart[] small =
        [
            Small("Learning rate", line => line.LearningRate, FormatLearningRate, smooth: false),
            Small("Gradient norm", line => line.GradientNorm, FormatNumber),
            Small("Tokens per second", line => line.TokensPerSecond, ShortNumber.Format),
            Small("Peak memory, MiB", line => line.MemoryBytes / (double)(1 << 20), ShortNumber.Format, smooth: false),
            .. _run.Plan.Preference is null ? [] : PreferenceCharts(),
            .. ValidationCharts($"Validation loss, {_run.Plan.LossUnit}", line => line.ValidationLoss, FormatNumber),
            .. ValidationCharts(
                "Validation, bits per byte", line => line.ValidationBitsPerByte, value => Invariant($"{value:F3}")),
        ];
        return Invariant($"""
            <h2>Curves</h2>
            <div class="card wide">{RenderTabs("loss-scale", ("linear", linear), ("logarithmic", logarithmic))}
            <p class="soft note">Band: range of single steps.
            Line: exponential moving average (decay {ExponentialMovingAverage.DefaultDecay}, bias-corrected).</p></div>
            <div class="charts">{string.Concat(small.Select(chart => $"<div class=\"card\">{chart.RenderSvg()}</div>"))}</div>
            {Table(_run)}
            """);
    }

    private Chart Small(
        string title, Func<StepMetrics, double?> value, Func<double, string> format, bool smooth = true, bool fromZero = true) =>
        new(title, [new("", Curve.FromValues(Values(_run, value), smooth))], format) { FromZero = fromZero, Events = _events };

    private Chart[] ValidationCharts(string title, Func<StepMetrics, double?> value, Func<double, string> format) =>
        Values(_run, value).Any() ? [Small(title, value, format, smooth: false, fromZero: false)] : [];

    // The loss of pairs does not show whether the margin grows because the chosen answers gain or because both lose.
    private Chart[] PreferenceCharts() =>
    [
        ChosenAndRejected("Rewards: chosen, rejected (dashed)", pairs => pairs.RewardChosen, pairs => pairs.RewardRejected),
        ChosenAndRejected(
            "Log-probability: chosen, rejected (dashed)", pairs => pairs.LogpChosen, pairs => pairs.LogpRejected),
        WithValidation("Margin", pairs => pairs.Margin, FormatNumber),
        WithValidation("Accuracy", pairs => pairs.Accuracy, value => Invariant($"{100 * value:F0} %")),
    ];

    private Chart ChosenAndRejected(
        string title, Func<PreferenceMetrics, double> chosen, Func<PreferenceMetrics, double> rejected) =>
        new(title, [new("chosen", PairCurve(chosen)), new("rejected", PairCurve(rejected))], FormatNumber) { Events = _events };

    private Chart WithValidation(string title, Func<PreferenceMetrics, double> value, Func<double, string> format) =>
        new(title, [new("", PairCurve(value))], format)
        {
            Events = _events,
            Marks = [.. Values(_run, line => line.ValidationPreference is { } validation ? value(validation) : null)],
            MarksTitle = "● validation",
        };

    private Curve PairCurve(Func<PreferenceMetrics, double> value) =>
        Curve.FromValues(Values(_run, line => line.Preference is { } pairs ? value(pairs) : null));

    private static string Loss(RunRecord run, IReadOnlyList<(double, string)> events, bool logarithmic) =>
        RenderResponsive(size =>
            new(
                $"Loss, {run.Plan.LossUnit}",
                [new("", Curve.FromValues(Values(run, line => line.Loss), logarithmic: logarithmic))],
                FormatNumber)
        {
            Width = size.Width,
            Height = size.Height,
            YTickCount = size.Lines,
            Marks = [.. Values(run, line => line.ValidationLoss)],
            MarksTitle = "● validation",
            Events = events,
            Logarithmic = logarithmic,
        });

    private static IEnumerable<(double X, double Value)> Values(RunRecord run, Func<StepMetrics, double?> value)
    {
        foreach (var line in run.Steps)
            if (value(line) is { } there) yield return (line.Step, there);
    }

    // The numbers of the curves, for screen readers.
    private static string Table(RunRecord run)
    {
        var progress = new RunProgress(run.Plan, run.Machines);
        var rows = new List<string>();
        var count = Math.Min(TableRows, run.Steps.Count);
        for (int i = 0, next = 0; i < run.Steps.Count; i++)
        {
            var line = run.Steps[i];
            progress.Add(line);
            if (i + 1 < (next + 1L) * run.Steps.Count / count) continue;
            next++;
            string[] cells =
            [
                Invariant($"{line.Step:N0}"), ShortNumber.Format(line.Tokens), FormatNumber(line.Loss),
                FormatNumber(progress.SmoothedLoss), FormatLearningRate(line.LearningRate), FormatNumber(line.GradientNorm),
                ShortNumber.Format(progress.TokensPerSecond),
                FormatNumber(progress.LastValidation?.ValidationLoss ?? double.NaN),
                FormatNumber(progress.LastValidation?.ValidationBitsPerByte ?? double.NaN),
            ];
            rows.Add($"<tr>{string.Concat(cells.Select(cell => $"<td>{cell}</td>"))}</tr>");
        }
        return "<details><summary>The curves as a table</summary><div class=\"card scroll\"><table><thead><tr><th>step</th>"
            + "<th>tokens</th><th>loss</th><th>smoothed</th><th>learning rate</th><th>gradient norm</th>"
            + "<th>tokens / second</th><th>validation</th><th>bits per byte</th></tr></thead>"
            + $"<tbody>{string.Concat(rows)}</tbody></table></div></details>";
    }
}
