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
    private const int BarWidth = 32, CurvePoints = 48;
    private const string SparklineLevels = "▁▂▃▄▅▆▇█";

    private readonly List<double> _curve = [];
    private int _drawn, _every = 1;

    /// <summary>Renders the panel.</summary>
    public IRenderable Render()
    {
        if (progress.Last is not { } last) return new Text("");
        RecordPoint();
        var grid = new Grid().AddColumns(4);
        void Row(string a, string first, string b, string second) =>
            grid.AddRow(new Markup($"[grey]{a}[/]"), new Text(first), new Markup($"[grey]{b}[/]"), new Text(second));

        Row(
            "loss", Format.Invariant($"{last.Loss:F4}"), "smoothed",
            Format.Invariant($"{progress.SmoothedLoss:F4}  {RenderSparkline()}"));
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
            Row("margin", Format.Invariant($"{pairs.Margin:F3}"), "accuracy", Format.Percent(pairs.Accuracy));
        if (progress.LastValidation is { ValidationLoss: { } loss } at)
            Row(
                "validation", Format.Invariant($"{loss:F4} at step {at.Step:N0}"),
                at.ValidationPreference is null ? "bits per byte" : "validation accuracy",
                at.ValidationPreference is { } known ? Format.Percent(known.Accuracy)
                    : at.ValidationBitsPerByte is { } bits ? Format.Invariant($"{bits:F3}")
                    : "–");

        var warning = progress.Divergence is { } found
            ? Format.Invariant($"  [bold red]diverging: {found.Loss:F2}, ")
                + Format.Invariant($"lowest {found.Lowest:F2} at step {found.LowestStep:N0}[/]")
            : "";
        var done = Math.Clamp((double)last.Step / plan.Training.Steps, 0, 1);
        var filled = (int)Math.Round(done * BarWidth);
        var bar = $"[deepskyblue1]{new string('━', filled)}[/][grey]{new string('─', BarWidth - filled)}[/]";
        return new Rows(
            new Markup(
                Format.Invariant($"step [bold]{last.Step:N0}[/]/{plan.Training.Steps:N0} {bar} {100 * done:F1} %  ")
                    + $"ETA {Markup.Escape(Format.Duration(progress.EstimatedSecondsLeft))}{warning}"),
            grid);
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

    private string RenderSparkline()
    {
        var (low, high) = (_curve.Min(), _curve.Max());
        return string.Concat(
            _curve
                .Where(double.IsFinite)
                .Select(value =>
                    SparklineLevels[high > low ? (int)Math.Round((value - low) / (high - low) * (SparklineLevels.Length - 1)) : 0]
                ));
    }
}
