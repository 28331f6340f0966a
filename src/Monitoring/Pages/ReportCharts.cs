using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;
using static TurkishLlm.Monitoring.Pages.HtmlText;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the curves of a report.</summary>
internal static class ReportCharts
{
    private const int TableRows = 12;

    public static string RenderHtml(RunRecord run)
    {
        if (run.Steps.Count == 0) return "";
        var events = ReportEvents.GetMarks(run.Events);

        Chart Small(string title, Func<StepMetrics, double?> value, Func<double, string> format, bool smooth = true, bool fromZero = true) =>
            new(title, [new("", Curve.FromValues(Values(run, value), smooth))], format) { FromZero = fromZero, Events = events };

        Chart[] small =
        [
            Small("Learning rate", line => line.LearningRate, FormatLearningRate, smooth: false),
            Small("Gradient norm", line => line.GradientNorm, FormatNumber),
            Small("Tokens per second", line => line.TokensPerSecond, ShortNumber.Format),
            Small("Peak memory, MiB", line => line.MemoryBytes / (double)(1 << 20), ShortNumber.Format, smooth: false),
            .. Pairs(),
            .. Validation($"Validation loss, {run.Plan.LossUnit}", line => line.ValidationLoss, FormatNumber),
            .. Validation("Validation, bits per byte", line => line.ValidationBitsPerByte, value => Invariant($"{value:F3}")),
        ];
        return Invariant($"""
            <h2>Curves</h2>
            <div class="card wide">{RenderTabs("loss-scale", ("linear", Loss(run, events, logarithmic: false)), ("logarithmic", Loss(run, events, logarithmic: true)))}
            <p class="soft note">Band: range of single steps. Line: exponential moving average (decay {ExponentialMovingAverage.DefaultDecay}, bias-corrected).</p></div>
            <div class="charts">{string.Concat(small.Select(chart => $"<div class=\"card\">{chart.RenderSvg()}</div>"))}</div>
            {Table(run)}
            """);

        IEnumerable<Chart> Validation(string title, Func<StepMetrics, double?> value, Func<double, string> format) =>
            Values(run, value).Any() ? [Small(title, value, format, smooth: false, fromZero: false)] : [];

        // The loss of pairs does not show whether the margin grows because the chosen answers gain or because both lose.
        IEnumerable<Chart> Pairs() => run.Plan.Preference is null ? [] :
        [
            Two("Rewards: chosen, rejected (dashed)", pairs => pairs.RewardChosen, pairs => pairs.RewardRejected),
            Two("Log-probability: chosen, rejected (dashed)", pairs => pairs.LogpChosen, pairs => pairs.LogpRejected),
            Marked("Margin", pairs => pairs.Margin, FormatNumber),
            Marked("Accuracy", pairs => pairs.Accuracy, value => Invariant($"{100 * value:F0} %")),
        ];

        Chart Two(string title, Func<PreferenceMetrics, double> chosen, Func<PreferenceMetrics, double> rejected) => new(title,
            [new("chosen", Of(chosen)), new("rejected", Of(rejected))], FormatNumber) { Events = events };

        Chart Marked(string title, Func<PreferenceMetrics, double> value, Func<double, string> format) => new(title, [new("", Of(value))], format)
        {
            Events = events,
            Marks = [.. Values(run, line => line.ValidationPreference is { } validation ? value(validation) : null)],
            MarksTitle = "● validation",
        };

        Curve Of(Func<PreferenceMetrics, double> value) => Curve.FromValues(Values(run, line => line.Preference is { } pairs ? value(pairs) : null));
    }

    private static string Loss(RunRecord run, IReadOnlyList<(double, string)> events, bool logarithmic) =>
        RenderResponsive(size => new($"Loss, {run.Plan.LossUnit}", [new("", Curve.FromValues(Values(run, line => line.Loss), logarithmic: logarithmic))], FormatNumber)
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
            rows.Add(Invariant($"<tr><td>{line.Step:N0}</td><td>{ShortNumber.Format(line.Tokens)}</td><td>{FormatNumber(line.Loss)}</td><td>{FormatNumber(progress.SmoothedLoss)}</td><td>{FormatLearningRate(line.LearningRate)}</td><td>{FormatNumber(line.GradientNorm)}</td><td>{ShortNumber.Format(progress.TokensPerSecond)}</td><td>{FormatNumber(progress.LastValidation?.ValidationLoss ?? double.NaN)}</td><td>{FormatNumber(progress.LastValidation?.ValidationBitsPerByte ?? double.NaN)}</td></tr>"));
        }
        return $"<details><summary>The curves as a table</summary><div class=\"card scroll\"><table><thead><tr><th>step</th><th>tokens</th><th>loss</th><th>smoothed</th><th>learning rate</th><th>gradient norm</th><th>tokens / second</th><th>validation</th><th>bits per byte</th></tr></thead><tbody>{string.Concat(rows)}</tbody></table></div></details>";
    }
}
