using Spectre.Console;
using Spectre.Console.Rendering;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>A run at a glance, drawn anew a few times a second. What it remembers of the curve does not grow with the run.</summary>
/// <param name="plan">The run.</param>
/// <param name="progress">Its numbers.</param>
internal sealed class RunPanel(TrainingPlan plan, RunProgress progress)
{
    private const int BarWidth = 32, CurvePoints = 48;
    private const string Heights = "▁▂▃▄▅▆▇█";

    private readonly List<double> _curve = [];
    private int _drawn, _every = 1;

    /// <summary>The panel as it is now.</summary>
    public IRenderable Draw()
    {
        if (progress.Last is not { } last) return new Text("");
        Remember();
        var grid = new Grid().AddColumns(4);
        void Row(string a, string first, string b, string second) => grid.AddRow(new Markup($"[grey]{a}[/]"), new Text(first), new Markup($"[grey]{b}[/]"), new Text(second));

        Row("loss", Show.Text($"{last.Loss:F4}"), "smoothed", Show.Text($"{progress.SmoothedLoss:F4}  {Sparkline()}"));
        Row("learning rate", Show.Text($"{last.LearningRate:0.00e-00}"), "gradient norm", Show.Text($"{last.GradientNorm:F2}"));
        Row("speed", $"{Show.Rate(progress.TokensPerSecond)} tok/s", "of peak", progress.PeakShare is { } share ? Show.Percent(share) : "unknown");
        Row("tokens", Show.Short(last.Tokens), "cost", progress is { Cost: { } cost, CostAtEnd: { } end } ? $"{Show.Money(cost, progress.Currency)} of {Show.Money(end, progress.Currency)}" : "no --hourly-rate");
        if (last.Preference is { } pairs) Row("margin", Show.Text($"{pairs.Margin:F3}"), "accuracy", Show.Percent(pairs.Accuracy));
        if (progress.LastValidation is { ValidationLoss: { } held } at)
            Row("validation", Show.Text($"{held:F4} at step {at.Step:N0}"), at.ValidationPreference is null ? "bits per byte" : "accuracy there",
                at.ValidationPreference is { } known ? Show.Percent(known.Accuracy) : at.ValidationBitsPerByte is { } bits ? Show.Text($"{bits:F3}") : "–");

        var done = Math.Clamp((double)last.Step / plan.Training.Steps, 0, 1);
        var filled = (int)Math.Round(done * BarWidth);
        var bar = $"[deepskyblue1]{new string('━', filled)}[/][grey]{new string('─', BarWidth - filled)}[/]";
        return new Rows(
            new Markup(Show.Text($"step [bold]{last.Step:N0}[/]/{plan.Training.Steps:N0} {bar} {100 * done:F1} %  ETA {Markup.Escape(Show.Time(progress.SecondsLeft))}")),
            grid);
    }

    // When the line is full, every second point goes, and from then on every second one is kept.
    private void Remember()
    {
        if (_drawn++ % _every != 0) return;
        _curve.Add(progress.SmoothedLoss);
        if (_curve.Count <= CurvePoints) return;
        for (var i = _curve.Count - 2; i > 0; i -= 2) _curve.RemoveAt(i);
        _every *= 2;
    }

    private string Sparkline()
    {
        var (low, high) = (_curve.Min(), _curve.Max());
        return string.Concat(_curve.Where(double.IsFinite).Select(value => Heights[high > low ? (int)Math.Round((value - low) / (high - low) * (Heights.Length - 1)) : 0]));
    }
}
