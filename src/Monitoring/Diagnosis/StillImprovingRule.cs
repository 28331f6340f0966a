using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a training loss that would fall further with more steps.</summary>
internal static class StillImprovingRule
{
    private const double Peak = 1.1;        // loss ÷ initial loss; a higher one falls from a peak
    private const double Least = 0.02;      // fall in a doubling of the steps ÷ loss

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (!curves.IsPastWarmup || curves.FractionDone < 0.5) return null;
        if (curves.FinalLoss > Peak * curves.InitialLoss) return null;
        var (fall, error) = curves.FitFallPerDoubling(0.5, 1);
        return fall - 2 * error > Least * curves.FinalLoss
            ? new("still improving", CurveFindingSeverity.Good,
                Invariant($"The training loss fell by {fall:F2} while the steps doubled to {curves.LastStep:N0}."),
                curves.FractionDone < 1 ? "" : Invariant(
                    $"Twice the steps (training.steps: {2 * curves.Plan.Training.Steps}, from the start) ")
                        + "should lower it by most of that again.")
            : null;
    }
}
