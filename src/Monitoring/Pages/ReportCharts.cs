using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders the curves of a report.</summary>
internal sealed class ReportCharts
{
    private const int TableRows = 12;

    private readonly RunRecord _run;
    private readonly IReadOnlyList<(double Step, string What)> _events;

    private ReportCharts(RunRecord run) => (_run, _events) = (run, ReportEvents.GetMarks(run.Events));

    public static Html Render(RunRecord run) => run.Steps.Count == 0 ? Html.Empty : new ReportCharts(run).Render();

    private static string SmoothedName { get; } =
        Invariant($"training loss, smoothed (moving average, decay {ExponentialMovingAverage.DefaultDecay})");

    private Html Render()
    {
        var clip = _run.Plan.Optimizer.GradientClip;
        Chart[] small =
        [
            Small("Learning rate", "learning rate", line => line.LearningRate, PageNumber.FormatLearningRate, smooth: false),
            Small(
                "Gradient norm", "gradient norm before clipping, smoothed", line => line.GradientNorm, PageNumber.Format,
                limit: (clip, Invariant($"clipping: larger norms are scaled down to {clip}"))),
            Small("Tokens per second", "tokens per second, smoothed", line => line.TokensPerSecond, ShortNumber.Format),
            Small(
                "Peak memory, MiB", "peak memory so far", line => line.MemoryBytes / (double)(1 << 20), ShortNumber.Format,
                smooth: false),
            .. GpuCharts(),
            .. _run.Plan.Preference is null ? [] : PreferenceCharts(),
            .. _run.Plan.Grpo is null ? [] : AnswerCharts(),
            .. ValidationCharts(
                $"Validation loss, {_run.Plan.LossUnit}", "validation loss", line => line.ValidationLoss, PageNumber.Format),
            .. ValidationCharts(
                "Loss on plain text, nats per token", "validation loss on plain text", line => line.TextLoss, PageNumber.Format),
            .. ValidationCharts(
                "Validation, bits per byte", "bits per byte of validation text", line => line.ValidationBitsPerByte,
                value => Invariant($"{value:F3}")),
        ];
        return Html.From(
            $"""
            <h2>Curves</h2>
            {ResponsiveCharts.RenderCard(
                "loss-scale", ("linear", CreateLossChart(logarithmic: false)), ("logarithmic", CreateLossChart(logarithmic: true)))}
            <div class="charts">{small.Select(chart => Html.From($"<div class=\"card\">{chart.Render()}</div>\n"))}</div>
            {RenderTable(_run)}

            """);
    }

    private Chart Small(
        string title, string name, Func<StepMetrics, double?> value, Func<double, string> format, bool smooth = true,
        bool fromZero = true, (double, string)? limit = null) =>
        new(title, [new(name, Curve.FromValues(Values(value), smooth))], format)
        {
            FromZero = fromZero, Events = _events, Limit = limit,
        };

    private Chart[] ValidationCharts(
        string title, string name, Func<StepMetrics, double?> value, Func<double, string> format) =>
        Values(value).Any() ? [Small(title, name, value, format, smooth: false, fromZero: false)] : [];

    private Chart[] GpuCharts() => !_run.Steps.Any(line => line.Gpu is not null) ? [] :
    [
        Small(
            "GPU utilization", "share of time in which a kernel runs, smoothed", line => line.Gpu?.Utilization,
            value => Invariant($"{100 * value:F0} %")),
        Small(
            "GPU temperature, °C", "temperature", line => line.Gpu?.Temperature, ShortNumber.Format, smooth: false,
            fromZero: false),
        Small("GPU power, W", "power, smoothed", line => line.Gpu?.Power, ShortNumber.Format),
    ];

    // The loss of pairs does not show whether the margin grows because the chosen answers gain or because both lose.
    private Chart[] PreferenceCharts() =>
    [
        ChosenAndRejected("Rewards", pairs => pairs.RewardChosen, pairs => pairs.RewardRejected),
        .. _run.Plan.Preference!.Objective is RewardPlan
            ? Array.Empty<Chart>()
            : [ChosenAndRejected("Log-probability", pairs => pairs.LogpChosen, pairs => pairs.LogpRejected)],
        WithValidation("Margin", "margin, smoothed", pairs => pairs.Margin, PageNumber.Format),
        WithValidation(
            "Accuracy",
            _run.Plan.Preference.Objective is KtoPlan
                ? "share of answers on the right side, smoothed"
                : "share of pairs in the right order, smoothed",
            pairs => pairs.Accuracy, value => Invariant($"{100 * value:F0} %")),
        .. _run.Plan.Preference.Objective is KtoPlan
            ? [WithValidation("Divergence from the reference, nats", "KL, smoothed", pairs => pairs.Kl, PageNumber.Format)]
            : Array.Empty<Chart>(),
    ];

    // The loss of answers starts at 0 in every batch and shows no progress.
    private Chart[] AnswerCharts() =>
    [
        OfAnswers("Reward", "mean reward of the answers, smoothed", answers => answers.Reward),
        .. _run.Steps.SelectMany(line => line.Grpo?.Rewards.Keys ?? []).Distinct(StringComparer.Ordinal)
            .Select(name => OfAnswers(
                $"Reward: {name}", $"mean score of {name}, smoothed", answers => answers.Rewards.GetValueOrDefault(name))),
        OfAnswers("Divergence, nats per token", "divergence from the initial weights, smoothed", answers => answers.Kl),
        OfAnswers("Tokens per answer", "mean length of the answers, smoothed", answers => answers.AnswerTokens),
        OfAnswers("Answers that end by themselves", "share, smoothed", answers => answers.Ended),
        OfAnswers("Questions without spread", "share with one reward for all answers, smoothed", answers => answers.NoSpread),
        OfAnswers("Clipped tokens", "share of the tokens, smoothed", answers => answers.Clipped),
        OfAnswers("Entropy, nats per token", "entropy of the sampled distribution, smoothed", answers => answers.Entropy),
    ];

    private Chart OfAnswers(string title, string name, Func<GrpoMetrics, double> value) =>
        Small(title, name, line => line.Grpo is { } answers ? value(answers) : null, PageNumber.Format);

    private Chart ChosenAndRejected(
        string title, Func<PreferenceMetrics, double?> chosen, Func<PreferenceMetrics, double?> rejected) =>
        new(
            title,
            [
                new("chosen answers", PairCurve(chosen), "chosen"), new("rejected answers", PairCurve(rejected), "rejected"),
            ],
            PageNumber.Format)
        {
            Events = _events,
        };

    private Chart WithValidation(
        string title, string name, Func<PreferenceMetrics, double?> value, Func<double, string> format) =>
        new(title, [new(name, PairCurve(value))], format)
        {
            Events = _events,
            Marks = new(
                "validation", [.. Values(line => line.ValidationPreference is { } validation ? value(validation) : null)]),
        };

    private Curve PairCurve(Func<PreferenceMetrics, double?> value) =>
        Curve.FromValues(Values(line => line.Preference is { } pairs ? value(pairs) : null));

    private Func<(double Width, double Height, int Ticks), Chart> CreateLossChart(bool logarithmic) => size => new(
        $"Loss, {_run.Plan.LossUnit}",
        [new(SmoothedName, Curve.FromValues(Values(line => line.Loss), logarithmic: logarithmic))],
        PageNumber.Format)
    {
        Width = size.Width,
        Height = size.Height,
        YTickCount = size.Ticks,
        Marks = new("validation", [.. Values(line => line.ValidationLoss)]),
        Best = BestCheckpoint(),
        Events = _events,
        Logarithmic = logarithmic,
    };

    private ChartMarks? BestCheckpoint()
    {
        var best = _run.Steps.Where(line => line.ValidationLoss is { } loss && double.IsFinite(loss))
            .MinBy(line => line.ValidationLoss);
        if (best is null) return null;
        var isBest = CheckpointMetric.FromPlan(_run.Plan) == CheckpointMetric.Loss;
        var kept = isBest && _run.Folder.CheckpointSteps().Contains(best.Step) ? ", best checkpoint" : "";
        return new(Invariant($"lowest validation loss{kept}: {best.ValidationLoss:F4} at step {best.Step:N0}"),
            [(best.Step, best.ValidationLoss!.Value)]);
    }

    private IEnumerable<(double X, double Value)> Values(Func<StepMetrics, double?> value)
    {
        foreach (var line in _run.Steps)
            if (value(line) is { } there) yield return (line.Step, there);
    }

    // The numbers of the curves, for screen readers.
    private static Html RenderTable(RunRecord run)
    {
        var progress = new RunProgress(run.Plan, run.Machines);
        string[] headings =
        [
            "step", "tokens", "loss of the step", "smoothed", "learning rate", "gradient norm", "tokens / second", "validation",
            "bits per byte",
        ];
        var rows = new List<IReadOnlyList<string>>();
        var count = Math.Min(TableRows, run.Steps.Count);
        for (int i = 0, next = 0; i < run.Steps.Count; i++)
        {
            var line = run.Steps[i];
            progress.Add(line);
            if (i + 1 < (next + 1L) * run.Steps.Count / count) continue;
            next++;
            rows.Add(
            [
                Invariant($"{line.Step:N0}"), ShortNumber.Format(line.Tokens), PageNumber.Format(line.Loss),
                PageNumber.Format(progress.SmoothedLoss), PageNumber.FormatLearningRate(line.LearningRate),
                PageNumber.Format(line.GradientNorm), ShortNumber.Format(progress.TokensPerSecond),
                PageNumber.Format(progress.LastValidation?.ValidationLoss ?? double.NaN),
                PageNumber.Format(progress.LastValidation?.ValidationBitsPerByte ?? double.NaN),
            ]);
        }
        var table = HtmlTable.Render(headings, rows);
        return Html.From($"<details><summary>The curves as a table</summary><div class=\"card\">{table}</div></details>\n");
    }
}
