using static TurkishLlm.Training.Diagnosis;

namespace TurkishLlm.Training;

/// <summary>The training loss does not fall any more.</summary>
internal static class PlateauRule
{
    private const double Flat = 0.01;      // of the loss, in a doubling of the steps

    public static CurveFinding? Judge(LossCurves curves) => Fall(curves) is not { } fall ? null
        : new("plateau", CurveFindingKind.Note,
            Text($"The training loss fell by {fall:F3} while the steps doubled to {curves.Reached:N0}, less than a hundredth of its {curves.Final:F2}; the learning rate is at {100 * curves.RateShare:F0} % of its peak."),
            curves.RateShare > 0.3
                ? "Let the learning rate fall sooner: fewer training.steps, or a second round with a fresh schedule."
                : "The schedule is at its end: what is left to gain takes a second round with a fresh schedule, more text or a larger model.");

    /// <summary>How little it fell in the last doubling of the steps; null where it fell more, or where noise hides it.</summary>
    public static double? Fall(LossCurves curves)
    {
        if (!curves.IsPastWarmup) return null;
        var (fall, error) = curves.PerDoubling(0.5, 1);
        return fall + 2 * error < Flat * curves.Final ? fall : null;
    }
}
