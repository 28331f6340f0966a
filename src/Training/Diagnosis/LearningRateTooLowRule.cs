using static TurkishLlm.Training.Diagnosis;

namespace TurkishLlm.Training;

/// <summary>The loss falls, but after half of the steps it is where it should have been long ago.</summary>
internal static class LearningRateTooLowRule
{
    private const double Steep = 0.15;      // of the loss in a doubling: only the beginning of a curve is so steep

    public static CurveFinding? Judge(LossCurves curves)
    {
        if (curves.Done < 0.5 || !curves.IsPastWarmup || curves.Reached < 200) return null;
        var (fall, error) = curves.PerDoubling(0.5, 1);
        if (!(fall > 3 * error)) return null;
        var advice = Text($"Try optimizer.learning_rate at three times {curves.Plan.Optimizer.LearningRate:0.0#e-0} on a tenth of the steps; where that does not help, the run is too short.");

        if (curves.Lines[0].Loss > 0.9 * curves.AtRandom && curves.IsAtTheBeginning)
            return new("learning rate too low", CurveFindingKind.Warning,
                Text($"After {curves.Reached:N0} steps the training loss is {curves.Final:F2}, still near the {curves.AtRandom:F2} of a model that has learned nothing, and it falls."), advice);

        var (earlier, _) = curves.PerDoubling(0.25, 0.5);
        return curves.IsEarly && fall > Steep * curves.Final && fall > 0.9 * earlier
            ? new("learning rate too low", CurveFindingKind.Warning,
                Text($"The training loss still falls as steeply as at the beginning of a run: by {fall:F2} while the steps doubled, by {earlier:F2} in the doubling before; it is {curves.Final:F2} now."), advice)
            : null;
    }
}
