using TurkishLlm.Plans;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a fine-tuned model that forgets: its loss on running text rises over that of the initial weights.</summary>
internal static class ForgettingRule
{
    private const double Some = 0.1;       // rise of the loss ÷ initial loss; the default of evaluate --max-forgetting
    private const double Much = 0.3;

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (
            curves.FiniteSteps[0].InitialValidation?.TextLoss is not { } before
            || curves.FiniteSteps.LastOrDefault(line => line.TextLoss is not null) is not { TextLoss: { } now } last)
            return null;
        var rise = (now - before) / before;
        return rise > Some
            ? new("forgetting", rise > Much ? CurveFindingSeverity.Warning : CurveFindingSeverity.Info,
                Invariant($"The loss on running text rose from {before:F2} before the first step to {now:F2} at step ")
                    + Invariant($"{last.Step:N0}, by {100 * rise:F0} %."),
                Invariant($"If the model must still write plain text, try optimizer.learning_rate at a third of ")
                    + Invariant($"{curves.Plan.Optimizer.LearningRate:0.0#e-0}, fewer training.epochs")
                    + (curves.Plan.Sft is { } sft ? Invariant($", or a larger sft.text_share (now {sft.TextShare}).") : "."))
            : null;
    }
}
