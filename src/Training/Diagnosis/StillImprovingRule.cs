using static TurkishLlm.Training.Diagnosis;

namespace TurkishLlm.Training;

/// <summary>More steps would help.</summary>
internal static class StillImprovingRule
{
    private const double Least = 0.02;      // of the loss, in a doubling of the steps

    public static CurveFinding? Judge(LossCurves curves)
    {
        if (!curves.IsPastWarmup || curves.Done < 0.5) return null;
        var (fall, error) = curves.PerDoubling(0.5, 1);
        return fall - 2 * error > Least * curves.Final
            ? new("still improving", CurveFindingKind.Good,
                Text($"The training loss fell by {fall:F2} while the steps doubled to {curves.Reached:N0}."),
                curves.Done < 1 ? "" : Text($"Twice the steps (training.steps: {2 * curves.Plan.Training.Steps}, from the start) should bring most of that once more."))
            : null;
    }
}
