using Spectre.Console;
using Spectre.Console.Rendering;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli.Training;

/// <summary>Live panel of a training run on a terminal. Keeps a bounded number of points of the loss curve.</summary>
/// <param name="plan">Plan of the run.</param>
/// <param name="progress">Progress of the run.</param>
internal sealed class RunPanel(TrainingPlan plan, RunProgress progress)
{
    private const int MaxBarWidth = 32, MinBarWidth = 8, CurvePoints = 48, TwoColumnWidth = 76;
    private const string SparklineLevels = "▁▂▃▄▅▆▇█";

    private readonly List<double> _curve = [];
    private int _drawn, _every = 1;

    /// <summary>Renders the panel. A narrow terminal shows the same facts, one per line.</summary>
    /// <param name="width">Width of the terminal, in columns.</param>
    public IRenderable Render(int width)
    {
        if (progress.Last is not { } last) return new Text("");
        RecordPoint();
        var isWide = width >= TwoColumnWidth;
        var grid = new Grid().AddColumns(isWide ? 4 : 2);
        void Row(string a, string first, string b, string second)
        {
            IRenderable[] cells =
                [new Markup($"[grey]{a}[/]"), new Text(first), new Markup($"[grey]{b}[/]"), new Text(second)];
            if (isWide) grid.AddRow(cells);
            else grid.AddRow(cells[..2]).AddRow(cells[2..]);
        }

        Row(
            "loss", Format.Invariant($"{last.Loss:F4}"), "smoothed",
            Format.Invariant($"{progress.SmoothedLoss:F4}  {RenderSparkline(width - (isWide ? 60 : 26))}").TrimEnd());
        Row(
            "learning rate", Format.Invariant($"{last.LearningRate:0.00e-00}"), "gradient norm",
            Format.Invariant($"{last.GradientNorm:F2}"));
        Row(
            "speed", $"{Format.Rate(progress.TokensPerSecond)} tok/s", "of peak",
            progress.ModelFlopsUtilization is { } share ? Format.Percent(share) : "unknown");
        Row(
            "tokens", Format.Compact(last.Tokens), "cost", progress is { Cost: { } cost, EstimatedTotalCost: { } end }
                ? $"{Format.Money(cost, progress.Currency)} of {Format.Money(end, progress.Currency)}"
                : "no --hourly-rate");
        if (last.Preference is { } pairs)
            Row(
                "margin", pairs.Margin is { } margin ? Format.Invariant($"{margin:F3}") : "–",
                "accuracy", Format.Percent(pairs.Accuracy));
        if (last.Grpo is { } answers)
        {
            Row("reward", Format.Invariant($"{answers.Reward:F3}"), "divergence", Format.Invariant($"{answers.Kl:F4}"));
            Row(
                "answers", Format.Invariant($"{answers.AnswerTokens:F1} tokens"), "without spread",
                Format.Percent(answers.NoSpread));
        }
        if (progress.LastValidation is { ValidationLoss: { } loss } at)
            Row(
                "validation", Format.Invariant($"{loss:F4} at step {at.Step:N0}"),
                at.ValidationPreference is null ? "bits per byte" : "validation accuracy",
                at.ValidationPreference is { } known ? Format.Percent(known.Accuracy)
                    : at.ValidationBitsPerByte is { } bits ? Format.Invariant($"{bits:F3}")
                    : "–");

        return new Rows([.. RenderHeading(last.Step, width), .. RenderWarning(), grid]);
    }

    private IEnumerable<IRenderable> RenderWarning() => progress.Divergence is not { } found ? [] :
    [
        new Markup(
            Format.Invariant($"[bold red]diverging: {found.Loss:F2}, ")
                + Format.Invariant($"lowest {found.Lowest:F2} at step {found.LowestStep:N0}[/]")),
    ];

    private IEnumerable<IRenderable> RenderHeading(long step, int width)
    {
        var done = Math.Clamp((double)step / plan.Training.Steps, 0, 1);
        var (start, end) = (
            Format.Invariant($"step {step:N0}/{plan.Training.Steps:N0}"),
            Format.Invariant($"{100 * done:F1} %  ETA {Format.Duration(progress.EstimatedSecondsLeft)}"));
        var room = Math.Min(MaxBarWidth, width - start.Length - end.Length - 2);
        if (room < MinBarWidth) return [new Text(start), new Text(end)];
        return [new Markup($"{Markup.Escape(start)} {ProgressLine.RenderBar(done, room)} {Markup.Escape(end)}")];
    }

    // When the curve is full, drops every second point and halves the sampling rate.
    private void RecordPoint()
    {
        if (_drawn++ % _every != 0) return;
        _curve.Add(progress.SmoothedLoss);
        if (_curve.Count <= CurvePoints) return;
        for (var i = _curve.Count - 2; i > 0; i -= 2) _curve.RemoveAt(i);
        _every *= 2;
    }

    private string RenderSparkline(int width)
    {
        var (low, high) = (_curve.Min(), _curve.Max());
        return string.Concat(
            _curve
                .Where(double.IsFinite)
                .TakeLast(Math.Max(0, width))
                .Select(value =>
                    SparklineLevels[high > low ? (int)Math.Round((value - low) / (high - low) * (SparklineLevels.Length - 1)) : 0]
                ));
    }
}
