using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a loss that rose while the learning rate was high, or that hardly fell until the rate decayed.</summary>
/// <remarks>Does not apply to warm starts, where a fresh schedule raises the loss at first.</remarks>
internal static class LearningRateTooHighRule
{
    private const double High = 0.3;         // of the peak learning rate
    private const double HeldBack = 1.6;     // fall in the last doubling of the steps ÷ fall in the one from an eighth
    private const double AtOnce = 0.35;      // share of the fall before that eighth

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.Plan.WarmStart is not null || (FindHump(curves) ?? FindPlateau(curves)) is not { } what) return null;
        var optimizer = curves.Plan.Optimizer;
        return new("learning rate too high", CurveFindingSeverity.Warning, what,
            Invariant($"Try optimizer.learning_rate at a third of {optimizer.LearningRate:0.0#e-0}, ")
            + Invariant($"or a longer optimizer.warmup_steps (now {optimizer.WarmupSteps})."));
    }

    private static string? FindHump(LossCurves curves)
    {
        var blocks = curves.Blocks;
        (LossBlock Low, LossBlock Top)? hump = null;
        for (int i = 1, low = 0; i < blocks.Count - 1; i++)
        {
            if (blocks[i].Median < blocks[low].Median) low = i;
            var threshold = blocks[i].GetThreshold(blocks[low], curves.Noise);
            var up =
                blocks[i].Median - blocks[low].Median > threshold && blocks[i + 1].Median - blocks[low].Median > threshold / 2;
            if (
                up
                && blocks[i].LearningRate >= High * curves.Plan.Optimizer.LearningRate
                && (hump is null || blocks[i].Median > hump.Value.Top.Median))
                hump = (blocks[low], blocks[i]);
        }
        return hump is var (bottom, top)
            ? Invariant($"The training loss rose from {bottom.Median:F2} around step {bottom.Last:N0} to ")
                + Invariant($"{top.Median:F2} around step {top.Last:N0}, while the learning rate was ")
                + Invariant($"{top.LearningRate:0.0#e-0}, and came down later.")
            : null;
    }

    private static string? FindPlateau(LossCurves curves)
    {
        if (
            !curves.IsEarly
            || curves.IsNearRandomLoss
            || curves.FractionDone < 0.9
            || curves.FiniteSteps.Count < 8 * curves.Plan.Optimizer.WarmupSteps)
            return null;
        var eighth = curves.FiniteSteps[curves.FiniteSteps.Count / 8];
        var (first, early) = (curves.FiniteSteps[0].Loss, curves.GetMeanLossNear(eighth.Step));
        var ((slow, slowError), (fast, fastError)) = (curves.FitFallPerDoubling(0.125, 0.25), curves.FitFallPerDoubling(0.5, 1));
        return
            fast > HeldBack * slow
            && fast - slow > 3 * (slowError + fastError)
            && first - early > AtOnce * (first - curves.FinalLoss)
            ? Invariant($"The training loss fell quickly to {early:F2} at step {eighth.Step:N0}, then by only ")
                + Invariant($"{slow:F2} while the steps doubled ")
                + Invariant($"at a learning rate near {eighth.LearningRate:0.0#e-0}, and by {fast:F2} in the last ")
                    + "doubling, as the rate decayed: "
                + "the high rate slowed the training down."
            : null;
    }
}
