using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a loss that, after half of the steps, still falls as at the start of a run.</summary>
internal static class LearningRateTooLowRule
{
    private const double Steep = 0.15;      // fall in a doubling of the steps ÷ loss; only the start of a curve is so steep

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.FractionDone < 0.5 || !curves.IsPastWarmup || curves.LastStep < 200) return null;
        var (fall, error) = curves.FitFallPerDoubling(0.5, 1);
        if (!(fall > 3 * error)) return null;
        var advice = Invariant($"Try optimizer.learning_rate at three times {curves.Plan.Optimizer.LearningRate:0.0#e-0} ")
            + "for a tenth of the steps; if that does not help, train for more steps.";

        if (curves.FiniteSteps[0].Loss > 0.9 * curves.RandomLoss && curves.IsNearRandomLoss)
            return new("learning rate too low", CurveFindingSeverity.Warning,
                Invariant($"After {curves.LastStep:N0} steps the training loss is {curves.FinalLoss:F2}, still near ")
                    + Invariant($"the {curves.RandomLoss:F2} of an untrained model, and falling."), advice);

        var (earlier, _) = curves.FitFallPerDoubling(0.25, 0.5);
        return curves.IsEarly && fall > Steep * curves.FinalLoss && fall > 0.9 * earlier
            ? new("learning rate too low", CurveFindingSeverity.Warning,
                Invariant($"The training loss still falls as steeply as at the start of a run: by {fall:F2} in the ")
                    + "last doubling of the steps, "
                    + Invariant($"by {earlier:F2} in the one before; it is now {curves.FinalLoss:F2}."), advice)
            : null;
    }
}
