using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a training loss that no longer falls.</summary>
internal static class PlateauRule
{
    private const double Flat = 0.01;      // fall in a doubling of the steps ÷ loss

    public static CurveFinding? Evaluate(LossCurves curves) => GetFlatFall(curves) is not { } fall ? null
        : new("plateau", CurveFindingSeverity.Info,
            Invariant($"The training loss fell by {fall:F3} while the steps doubled to {curves.LastStep:N0}, ")
                + Invariant($"less than 1 % of its {curves.FinalLoss:F2}; the learning rate is at ")
                + Invariant($"{100 * curves.LearningRateFraction:F0} % of its peak."),
            curves.LearningRateFraction > 0.3
                ? "Decay the learning rate sooner: use fewer training.steps, or a second run with a fresh schedule."
                : "The schedule has ended: to improve further, start a second run with a fresh schedule, or "
                    + "use more text or a larger model.");

    /// <summary>
    /// Returns the fall of the loss in the last doubling of the steps if it is flat; null if it is not, or if noise hides it.
    /// </summary>
    public static double? GetFlatFall(LossCurves curves)
    {
        if (!curves.IsPastWarmup) return null;
        var (fall, error) = curves.FitFallPerDoubling(0.5, 1);
        return fall + 2 * error < Flat * curves.FinalLoss ? fall : null;
    }
}
