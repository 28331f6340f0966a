using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>
/// Reports a loss that, after half of the steps, still falls as at the start of a run, or that fine-tuning hardly changes.
/// </summary>
internal static class LearningRateTooLowRule
{
    private const int MinimumSteps = 200;   // of a run from random weights
    private const double Hardly = 0.05;     // fall over the whole run ÷ initial loss
    private const double Steady = 0.5;      // fall in the second half of the steps ÷ fall in the first
    private const double Known = 0.3;       // nats; a lower loss leaves little to learn
    private const double Steep = 0.15;      // fall in a doubling of the steps ÷ loss; only the start of a curve is so steep

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.FractionDone < 0.5 || !curves.IsPastWarmup) return null;
        if (curves.FiniteSteps.Count < MinimumSteps && !curves.IsFineTuning) return null;
        var (fall, error) = curves.FitFallPerDoubling(0.5, 1);
        if (!(fall > 3 * error)) return null;
        var advice = Invariant($"Try optimizer.learning_rate at three times {curves.Plan.Optimizer.LearningRate:0.0#e-0} ")
            + "for a tenth of the steps; if that does not help, train for more steps.";

        if (curves.FiniteSteps[0].Loss > 0.9 * curves.RandomLoss && curves.IsNearRandomLoss)
            return new("learning rate too low", CurveFindingSeverity.Warning,
                Invariant($"After {curves.LastStep:N0} steps the training loss is {curves.FinalLoss:F2}, still near ")
                    + Invariant($"the {curves.RandomLoss:F2} of an untrained model, and falling."), advice);

        if (curves.IsFineTuning && DescribeSlowness(curves) is { } slow)
            return new("learning rate too low", CurveFindingSeverity.Warning, slow, advice);

        var (earlier, _) = curves.FitFallPerDoubling(0.25, 0.5);
        return curves.IsEarly && fall > Steep * curves.FinalLoss && fall > 0.9 * earlier
            ? new("learning rate too low", CurveFindingSeverity.Warning,
                Invariant($"The training loss still falls as steeply as at the start of a run: by {fall:F2} in the ")
                    + "last doubling of the steps, "
                    + Invariant($"by {earlier:F2} in the one before; it is now {curves.FinalLoss:F2}."), advice)
            : null;
    }
    // A loss that falls by little, and as fast at the end as at the start, is far from where the examples could bring it.
    private static string? DescribeSlowness(LossCurves curves)
    {
        if (curves.FractionDone < 0.9 || curves.FinalLoss < Known) return null;
        var (first, middle, last) = (GetLevel(0), GetLevel(curves.Blocks.Count / 2 - 1), GetLevel(curves.Blocks.Count - 2));
        return first - last < Hardly * first && middle - last > Steady * (first - middle)
            ? Invariant($"Over {curves.FiniteSteps.Count:N0} steps, the training loss fell only from {first:F3} to {last:F3}, ")
                + "and as steadily at the end as at the start."
            : null;

        double GetLevel(int block) => (curves.Blocks[block].Median + curves.Blocks[block + 1].Median) / 2;
    }
}
