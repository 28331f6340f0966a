using TurkishLlm.Runs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a training loss that falls faster than the validation loss, which precedes overfitting.</summary>
internal static class MemorizationRule
{
    private const double Gap = 0.1;          // between the losses ÷ validation loss
    private const double Growth = 0.05;      // growth of the gap ÷ gap

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        var validation = curves.Validation;
        if (validation.Count < 5) return null;
        var (middle, last) = (validation[validation.Count / 2], validation[^1]);
        var (before, now) = (middle.Loss - curves.GetMeanLossNear(middle.Step), last.Loss - curves.FinalLoss);
        return now > Gap * last.Loss && now - before > 4 * curves.ValidationNoise && now - before > Growth * now
            ? new("memorization", CurveFindingSeverity.Info,
                Invariant(
                    $"The validation loss is {now:F2} above the training loss, up from {before:F2} at step ")
                        + Invariant($"{middle.Step:N0}{DescribeEpochsRead(curves)}."),
                "More text would help more than more steps.")
            : null;
    }

    /// <summary>Describes in parentheses how often the run has read its data; empty if unknown.</summary>
    public static string DescribeEpochsRead(LossCurves curves) =>
        curves.FiniteSteps[^1].Epoch is { } epochs ? Invariant($" (every example was read {epochs:0.#} times)")
        : curves.TrainingTokens is { } tokens and > 0 ? Invariant(
            $" (each of the {ShortNumber.Format(tokens)} training tokens was read ")
                + Invariant($"{(double)curves.FiniteSteps[^1].Tokens / tokens:0.#} times)")
        : "";
}
