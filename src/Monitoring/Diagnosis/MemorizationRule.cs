using TurkishLlm.Runs;
using static TurkishLlm.Monitoring.Diagnosis.CurveDiagnosis;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Training text gets easier faster than held-out text: what comes before overfitting.</summary>
internal static class MemorizationRule
{
    private const double Gap = 0.1;          // of the validation loss
    private const double Growth = 0.05;      // of the gap

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        var held = curves.Validation;
        if (held.Count < 5) return null;
        var (middle, last) = (held[held.Count / 2], held[^1]);
        var (before, now) = (middle.Loss - curves.GetMeanLossNear(middle.Step), last.Loss - curves.FinalLoss);
        return now > Gap * last.Loss && now - before > 4 * curves.ValidationNoise && now - before > Growth * now
            ? new("memorising", CurveFindingSeverity.Info,
                Invariant($"Held-out text is harder than training text by {now:F2}, and was by {before:F2} at step {middle.Step:N0}{DescribeEpochsRead(curves)}."),
                "More text would help more than more steps.")
            : null;
    }

    /// <summary>How often the run has read its text, in brackets; nothing where that is not known.</summary>
    public static string DescribeEpochsRead(LossCurves curves) =>
        curves.FiniteSteps[^1].Epoch is { } epochs ? Invariant($" (it has read every example {epochs:0.#} times)")
        : curves.TrainingTokens is { } tokens and > 0 ? Invariant($" (it has read each of its {ShortNumber.Format(tokens)} training tokens {(double)curves.FiniteSteps[^1].Tokens / tokens:0.#} times)")
        : "";
}
