using System.Diagnostics;
using System.Globalization;
using Spectre.Console.Rendering;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Cli.Training;

/// <summary>
/// Displays a run in progress: a live panel on a terminal, one line every <c>log_every</c> steps elsewhere, and every
/// validation, sample and checkpoint on both.
/// </summary>
/// <param name="display">Output.</param>
/// <param name="plan">Plan of the run.</param>
/// <param name="progress">Progress of the run; updated on every step.</param>
/// <param name="firstStep">Step after which the run starts.</param>
/// <param name="show">Updates the live panel.</param>
public sealed class StepDisplay(
    Display display, TrainingPlan plan, RunProgress progress, long firstStep,
    Action<IRenderable> show) : IRunObserver
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(250);

    private readonly RunPanel _panel = new(plan, progress);
    private long _shown;

    /// <inheritdoc/>
    public void OnStep(StepMetrics metrics)
    {
        progress.Add(metrics);
        var last = metrics.Step == plan.Training.Steps;
        var due =
            metrics.ValidationLoss is not null
            || (!display.IsTerminal && (metrics.Step % plan.LogEvery == 0 || metrics.Step == firstStep + 1 || last));
        if (due) display.WriteLine(FormatLine(metrics));
        if (!display.IsTerminal || (!last && _shown != 0 && Stopwatch.GetElapsedTime(_shown) < RefreshInterval)) return;
        _shown = Stopwatch.GetTimestamp();
        show(_panel.Render(display.Width));
    }

    /// <inheritdoc/>
    public void OnSample(TextSample sample) => display.WriteLine($"  › {sample.Text.ReplaceLineEndings(" ⏎ ")}");

    /// <inheritdoc/>
    public void OnTasks(long step, TaskMeasurement measured)
    {
        ArgumentNullException.ThrowIfNull(measured);
        foreach (var (name, task) in measured.Metrics)
            display.WriteLine($"  {name}: {TaskText.Format(task)}");
    }

    /// <inheritdoc/>
    public void OnCheckpointSaved(string folder) => display.WriteLine($"  saved {Format.RelativePaths(folder)}");

    /// <inheritdoc/>
    public void OnEvent(RunEvent runEvent) => display.WriteLine(
        $"  ! {display.NameProgram(Format.RelativePaths(runEvent.Message))}");

    private string FormatLine(StepMetrics metrics)
    {
        var width = plan.Training.Steps.ToString(CultureInfo.InvariantCulture).Length;
        var step = metrics.Step.ToString(CultureInfo.InvariantCulture).PadLeft(width);
        var peak = progress.ModelFlopsUtilization is { } share ? Format.Invariant($" ({100 * share:F0} % of peak)") : "";
        var cost = progress.Cost is { } spent ? $"  {Format.Money(spent, progress.Currency)}" : "";
        var bits = metrics.ValidationBitsPerByte is { } bytes ? Format.Invariant($" ({bytes:F3} bits/byte)") : "";
        var text = metrics.TextLoss is { } running ? Format.Invariant($"  text {running:F4}") : "";
        var validation =
            (
                metrics.ValidationLoss is { } held
                    ? Format.Invariant($"  validation {held:F4}{bits}{FormatValidationPreference(metrics.ValidationPreference)}")
                    : "") + text;
        // On a terminal, the panel shows the rest.
        var more = display.IsTerminal
            ? ""
            : Format.Invariant($"  lr {metrics.LearningRate:0.00e-00}  norm {metrics.GradientNorm:F2}  ")
                + $"{Format.Rate(progress.TokensPerSecond),6} tok/s{peak}  {Format.Compact(metrics.Tokens)} tokens  "
                + $"ETA {Format.Duration(progress.EstimatedSecondsLeft)}{cost}";
        return Format.Invariant($"step {step}/{plan.Training.Steps}  loss {metrics.Loss:F4}  ")
            + Format.Invariant($"smoothed {progress.SmoothedLoss:F4}{FormatPreference(metrics.Preference)}")
            + $"{FormatAnswers(metrics.Grpo)}{more}{validation}"
            + (progress.Divergence is null ? "" : "  DIVERGING");
    }

    private static string FormatValidationPreference(PreferenceMetrics? pairs) =>
        pairs is null ? "" : Format.Invariant($" (margin {FormatMargin(pairs)}, accuracy {100 * pairs.Accuracy:F0} %)");

    private static string FormatAnswers(GrpoMetrics? answers) => answers is null ? "" :
        Format.Invariant($"  reward {answers.Reward:F3}  kl {answers.Kl:F4}  length {answers.AnswerTokens:F1}")
            + Format.Invariant($"  no spread {100 * answers.NoSpread:F0} %");

    private static string FormatPreference(PreferenceMetrics? pairs) =>
        pairs is null ? "" : Format.Invariant($"  margin {FormatMargin(pairs)}  accuracy {100 * pairs.Accuracy:F0} %")
            + (pairs.Kl is { } kl ? Format.Invariant($"  KL {kl:F2}") : "");

    // A step of KTO may have answers of one label only.
    private static string FormatMargin(PreferenceMetrics pairs) =>
        pairs.Margin is { } margin ? Format.Invariant($"{margin:F3}") : "–";
}
