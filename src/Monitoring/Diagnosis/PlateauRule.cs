using static TurkishLlm.Monitoring.Diagnosis.CurveDiagnosis;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>The training loss does not fall any more.</summary>
internal static class PlateauRule
{
    private const double Flat = 0.01;      // of the loss, in a doubling of the steps

    public static CurveFinding? Evaluate(LossCurves curves) => GetFlatFall(curves) is not { } fall ? null
        : new("plateau", CurveFindingSeverity.Info,
            Invariant($"The training loss fell by {fall:F3} while the steps doubled to {curves.LastStep:N0}, less than a hundredth of its {curves.FinalLoss:F2}; the learning rate is at {100 * curves.LearningRateFraction:F0} % of its peak."),
            curves.LearningRateFraction > 0.3
                ? "Let the learning rate fall sooner: fewer training.steps, or a second round with a fresh schedule."
                : "The schedule is at its end: what is left to gain takes a second round with a fresh schedule, more text or a larger model.");

    /// <summary>How little it fell in the last doubling of the steps; null where it fell more, or where noise hides it.</summary>
    public static double? GetFlatFall(LossCurves curves)
    {
        if (!curves.IsPastWarmup) return null;
        var (fall, error) = curves.FitFallPerDoubling(0.5, 1);
        return fall + 2 * error < Flat * curves.FinalLoss ? fall : null;
    }
}
