using static TurkishLlm.Monitoring.Diagnosis.CurveDiagnosis;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>The loss falls, but after half of the steps it is where it should have been long ago.</summary>
internal static class LearningRateTooLowRule
{
    private const double Steep = 0.15;      // of the loss in a doubling: only the beginning of a curve is so steep

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.FractionDone < 0.5 || !curves.IsPastWarmup || curves.LastStep < 200) return null;
        var (fall, error) = curves.FitFallPerDoubling(0.5, 1);
        if (!(fall > 3 * error)) return null;
        var advice = Invariant($"Try optimizer.learning_rate at three times {curves.Plan.Optimizer.LearningRate:0.0#e-0} on a tenth of the steps; where that does not help, the run is too short.");

        if (curves.FiniteSteps[0].Loss > 0.9 * curves.RandomLoss && curves.IsNearRandomLoss)
            return new("learning rate too low", CurveFindingSeverity.Warning,
                Invariant($"After {curves.LastStep:N0} steps the training loss is {curves.FinalLoss:F2}, still near the {curves.RandomLoss:F2} of a model that has learned nothing, and it falls."), advice);

        var (earlier, _) = curves.FitFallPerDoubling(0.25, 0.5);
        return curves.IsEarly && fall > Steep * curves.FinalLoss && fall > 0.9 * earlier
            ? new("learning rate too low", CurveFindingSeverity.Warning,
                Invariant($"The training loss still falls as steeply as at the beginning of a run: by {fall:F2} while the steps doubled, by {earlier:F2} in the doubling before; it is {curves.FinalLoss:F2} now."), advice)
            : null;
    }
}
