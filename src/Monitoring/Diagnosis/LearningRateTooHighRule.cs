using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a loss that rose while the learning rate was high, or that hardly fell until the rate decayed.</summary>
/// <remarks>
/// If pretraining continues from other weights, a fresh schedule raises the loss at first, so that only a large rise counts.
/// </remarks>
internal static class LearningRateTooHighRule
{
    private const double High = 0.3;         // of the peak learning rate
    private const double HeldBack = 1.6;     // fall in the last doubling of the steps ÷ fall in the one from an eighth
    private const double AtOnce = 0.35;      // share of the fall before that eighth
    private const double Restart = 0.3;      // rise ÷ loss that a fresh schedule does not explain
    private const double FromFirst = 0.25;   // rise over the loss of the first steps, which is noisy

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        var isWarmStart = curves.Plan.WarmStart is not null;
        var what = FindHump(curves, isWarmStart && !curves.IsFineTuning ? Restart : 0)
            ?? (isWarmStart ? FindJump(curves) : FindPlateau(curves));
        if (what is null) return null;
        var optimizer = curves.Plan.Optimizer;
        return new("learning rate too high", CurveFindingSeverity.Warning, what,
            Invariant($"Try optimizer.learning_rate at a third of {optimizer.LearningRate:0.0#e-0}, ")
            + Invariant($"or a longer optimizer.warmup_steps (now {optimizer.WarmupSteps})."));
    }

    // The initial weights lose in the first block of steps what they knew; the loss then falls from a high level.
    private static string? FindJump(LossCurves curves)
    {
        var first = curves.FiniteSteps.Take(3).Min(line => line.Loss);
        var top = curves.Blocks.Take(4).MaxBy(block => block.Median);
        var least = curves.IsFineTuning ? FromFirst : Restart;
        return top.Median - first > Math.Max(least * first, 4 * curves.Noise)
            ? Invariant($"The training loss rose from {first:F2} in the first steps to {top.Median:F2} around step ")
                + Invariant($"{top.Last:N0}, while the learning rate was {top.LearningRate:0.0#e-0}: the initial weights lost ")
                + Invariant($"what they knew. It is {curves.FinalLoss:F2} now.")
            : null;
    }

    private static string? FindHump(LossCurves curves, double least)
    {
        var blocks = curves.Blocks;
        (LossBlock Low, LossBlock Top)? hump = null;
        for (int i = 1, low = 0; i < blocks.Count - 1; i++)
        {
            if (blocks[i].Median < blocks[low].Median) low = i;
            var threshold = Math.Max(least * blocks[low].Median, blocks[i].GetThreshold(blocks[low], curves.Noise));
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
