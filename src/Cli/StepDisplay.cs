using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>The lines of a run as it goes: one every so many steps, and every sample and checkpoint.</summary>
internal sealed class StepDisplay(Display display, TrainingPlan plan, long firstStep) : IRunObserver
{
    private double _secondsSoFar = double.NaN;
    private double _speed;

    public void Stepped(StepMetrics numbers)
    {
        if (double.IsNaN(_secondsSoFar)) _secondsSoFar = numbers.Seconds - numbers.Tokens / (double)numbers.Step / numbers.TokensPerSecond;
        _speed = _speed == 0 ? numbers.TokensPerSecond : 0.9 * _speed + 0.1 * numbers.TokensPerSecond;
        if (numbers.Step % plan.LogEvery != 0 && numbers.Step != firstStep + 1 && numbers.Step != plan.Training.Steps && numbers.ValidationLoss is null) return;

        var left = (plan.Training.Steps - numbers.Step) * (numbers.Seconds - _secondsSoFar) / (numbers.Step - firstStep);
        var width = plan.Training.Steps.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        var step = numbers.Step.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(width);
        var validation = numbers.ValidationLoss is { } loss ? Show.Text($"  validation {loss:F4}") : "";
        var pairs = numbers.Preference is { } preference ? Show.Text($"  margin {preference.Margin:F3}  accuracy {preference.Accuracy:P0}") : "";
        var heldOut = numbers.ValidationPreference is { } measured ? Show.Text($"  margin {measured.Margin:F3}  accuracy {measured.Accuracy:P0}") : "";
        display.Line(Show.Text(
            $"step {step}/{plan.Training.Steps}  loss {numbers.Loss:F4}{pairs}  lr {numbers.LearningRate:0.00e-00}  norm {numbers.GradientNorm:F2}  {Show.Rate(_speed),6} tok/s  ETA {Show.Time(left)}{validation}{heldOut}"));
    }

    public void Sampled(TextSample sample) => display.Line($"  › {sample.Text.ReplaceLineEndings(" ⏎ ")}");

    public void Saved(string folder) => display.Line($"  saved {Show.RelativePaths(folder)}");
}
