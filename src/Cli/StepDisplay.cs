using System.Diagnostics;
using System.Globalization;
using Spectre.Console.Rendering;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>
/// What is seen of a run as it goes: a panel that moves on a terminal, a line every so many steps anywhere else, and every
/// validation, sample and checkpoint on both.
/// </summary>
/// <param name="display">Where to.</param>
/// <param name="plan">The run.</param>
/// <param name="progress">What is told; is given every step.</param>
/// <param name="firstStep">The step the run goes on after.</param>
/// <param name="show">Takes what the panel is to be.</param>
public sealed class StepDisplay(Display display, TrainingPlan plan, RunProgress progress, long firstStep, Action<IRenderable> show) : IRunObserver
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly RunPanel _panel = new(plan, progress);
    private long _shown;

    /// <inheritdoc/>
    public void Stepped(StepMetrics numbers)
    {
        progress.Add(numbers);
        var last = numbers.Step == plan.Training.Steps;
        var due = numbers.ValidationLoss is not null || (!display.IsTerminal && (numbers.Step % plan.LogEvery == 0 || numbers.Step == firstStep + 1 || last));
        if (due) display.Line(Line(numbers));
        if (!display.IsTerminal || (!last && _shown != 0 && Stopwatch.GetElapsedTime(_shown) < Pause)) return;
        _shown = Stopwatch.GetTimestamp();
        show(_panel.Draw());
    }

    /// <inheritdoc/>
    public void Sampled(TextSample sample) => display.Line($"  › {sample.Text.ReplaceLineEndings(" ⏎ ")}");

    /// <inheritdoc/>
    public void Saved(string folder) => display.Line($"  saved {Show.RelativePaths(folder)}");

    /// <inheritdoc/>
    public void Happened(RunEvent what) => display.Line($"  ! {Show.RelativePaths(what.Message)}");

    private string Line(StepMetrics numbers)
    {
        var width = plan.Training.Steps.ToString(CultureInfo.InvariantCulture).Length;
        var step = numbers.Step.ToString(CultureInfo.InvariantCulture).PadLeft(width);
        var peak = progress.PeakShare is { } share ? Show.Text($" ({100 * share:F0} % of peak)") : "";
        var cost = progress.Cost is { } spent ? $"  {Show.Money(spent, progress.Currency)}" : "";
        var bits = numbers.ValidationBitsPerByte is { } bytes ? Show.Text($" ({bytes:F3} bits/byte)") : "";
        var text = numbers.TextLoss is { } running ? Show.Text($"  running text {running:F4}") : "";
        var validation = (numbers.ValidationLoss is { } held ? Show.Text($"  validation {held:F4}{bits}{HeldOut(numbers.ValidationPreference)}") : "") + text;
        // The panel has the rest.
        var more = display.IsTerminal ? "" : Show.Text($"  lr {numbers.LearningRate:0.00e-00}  norm {numbers.GradientNorm:F2}  {Show.Rate(progress.TokensPerSecond),6} tok/s{peak}  {Show.Short(numbers.Tokens)} tokens  ETA {Show.Time(progress.SecondsLeft)}{cost}");
        return Show.Text($"step {step}/{plan.Training.Steps}  loss {numbers.Loss:F4}  smoothed {progress.SmoothedLoss:F4}{Pairs(numbers.Preference)}{more}{validation}");
    }

    private static string HeldOut(PreferenceMetrics? pairs) => pairs is null ? "" : Show.Text($" (margin {pairs.Margin:F3}, accuracy {100 * pairs.Accuracy:F0} %)");

    private static string Pairs(PreferenceMetrics? pairs) => pairs is null ? "" : Show.Text($"  margin {pairs.Margin:F3}  accuracy {100 * pairs.Accuracy:F0} %");
}
