using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a loss that rose and stayed high, or is not a finite number.</summary>
internal static class DivergingRule
{
    public static CurveFinding? Evaluate(LossCurves curves)
    {
        var advice = "Resume from an earlier checkpoint, with optimizer.learning_rate at a third of "
            + Invariant($"{curves.Plan.Optimizer.LearningRate:0.0#e-0} or optimizer.warmup_steps at ")
            + Invariant($"{Math.Max(2 * curves.Plan.Optimizer.WarmupSteps, curves.Plan.Training.Steps / 20)} (now ")
            + Invariant($"{curves.Plan.Optimizer.WarmupSteps})")
            + (curves.Plan.Optimizer.GradientClip > 0 ? "." : ", and with optimizer.gradient_clip: 1.");
        if (curves.NonFiniteSteps.Count > 0)
            return new("diverging", CurveFindingSeverity.Warning, Invariant(
                $"The loss or gradient was not finite at {curves.NonFiniteSteps.Count:N0} ")
                    + Invariant($"{(curves.NonFiniteSteps.Count == 1 ? "step" : "steps")}, first at step ")
                    + Invariant($"{curves.NonFiniteSteps[0].Step:N0}."), advice);

        var best = curves.Blocks.MinBy(block => block.Median);
        var (before, last) = (curves.Blocks[^2], curves.Blocks[^1]);
        if (last.First <= best.Last || before.First <= best.Last) return null;
        var rise = last.Median - best.Median;
        return rise > last.GetThreshold(best, curves.Noise) && before.Median > best.Median + rise / 3
            ? new(
                "diverging", CurveFindingSeverity.Warning,
                Invariant($"The training loss was {best.Median:F2} around step {best.Last:N0} and is ")
                + Invariant($"{last.Median:F2} now, {rise:F2} higher; it has not recovered."), advice)
            : null;
    }
}
