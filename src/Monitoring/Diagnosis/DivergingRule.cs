using TurkishLlm.Plans;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a loss that rose and stayed high, or is not a finite number. Works from the third step.</summary>
public static class DivergingRule
{
    private const double AboveRandom = 1.15, AboveFirst = 1.2;
    private const double FarAboveFirst = 1.5;      // for runs of so few steps that their noise is unknown

    internal static CurveFinding? Evaluate(LossCurves curves) => Describe(curves) is { } what
        ? new("diverging", CurveFindingSeverity.Warning, what, Suggest(curves.Plan)) : null;

    /// <summary>Suggests what to do about a diverging loss.</summary>
    public static string Suggest(TrainingPlan plan) =>
        "Resume from an earlier checkpoint, with optimizer.learning_rate at a third of "
            + Invariant($"{plan.Optimizer.LearningRate:0.0#e-0} or optimizer.warmup_steps at ")
            + Invariant($"{Math.Max(2 * plan.Optimizer.WarmupSteps, plan.Training.Steps / 20)} (now ")
            + Invariant($"{plan.Optimizer.WarmupSteps})")
            + (plan.Optimizer.GradientClip > 0 ? "." : ", and with optimizer.gradient_clip: 1.");

    private static string? Describe(LossCurves curves) =>
        DescribeNonFinite(curves) ?? DescribeRiseFromStart(curves) ?? DescribeRise(curves) ?? DescribeDetected(curves);

    private static string? DescribeNonFinite(LossCurves curves)
    {
        if (curves.NonFiniteSteps.Count > 0)
            return Invariant($"The loss or gradient was not finite at {curves.NonFiniteSteps.Count:N0} ")
                + Invariant($"{(curves.NonFiniteSteps.Count == 1 ? "step" : "steps")}, first at step ")
                + Invariant($"{curves.NonFiniteSteps[0].Step:N0}.");
        return curves.NonFiniteValidationStep is { } step
            ? Invariant($"The validation loss was not finite at step {step:N0}.") : null;
    }

    // A run that diverges in its first steps is lowest at its first step, and then often falls from its peak.
    private static string? DescribeRiseFromStart(LossCurves curves)
    {
        if (curves.FiniteSteps.Count < 3) return null;
        var few = curves.FiniteSteps.Count < LossCurves.MinimumSteps;
        var first = few && curves.FiniteSteps.Count >= 9
            ? curves.FiniteSteps.Take(3).OrderBy(line => line.Loss).ElementAt(1) : curves.FiniteSteps[0];
        var last = curves.FinalLoss;
        var isWorseThanUntrained = last > AboveRandom * curves.RandomLoss && last > AboveRandom * first.Loss;
        var rise = last - first.Loss;
        var isAboveFirst = few
            ? last > FarAboveFirst * first.Loss && curves.FiniteSteps[^2].Loss > AboveFirst * first.Loss
            : last > AboveFirst * first.Loss && rise > 6 * curves.Noise;
        if (!isWorseThanUntrained && !isAboveFirst) return null;
        var untrained = isWorseThanUntrained ? Invariant($"; an untrained model has {curves.RandomLoss:F2}") : "";
        return Invariant($"The training loss was {first.Loss:F2} at step {first.Step:N0} and is {FormatLoss(last)} now, at step ")
            + Invariant($"{curves.LastStep:N0}{untrained}.");
    }

    private static string? DescribeRise(LossCurves curves)
    {
        if (curves.Blocks.Count == 0) return null;
        var best = curves.Blocks.MinBy(block => block.Median);
        var (before, last) = (curves.Blocks[^2], curves.Blocks[^1]);
        if (last.First <= best.Last || before.First <= best.Last) return null;
        var threshold = last.GetThreshold(best, curves.Noise);
        var rise = last.Median - best.Median;
        var hasRisenBefore = before.Median > best.Median + Math.Min(rise / 3, threshold);
        return rise > threshold && hasRisenBefore
            ? Invariant($"The training loss was {best.Median:F2} around step {best.Last:N0} and is ")
                + Invariant($"{FormatLoss(last.Median)} now, {FormatLoss(rise)} higher; it has not recovered.")
            : null;
    }

    private static string? DescribeDetected(LossCurves curves)
    {
        var detector = new DivergenceDetector(curves.Plan);
        foreach (var line in curves.FiniteSteps) detector.Add(line);
        return detector.Current is { } found ? Describe(found) : null;
    }

    /// <summary>Describes a divergence in progress.</summary>
    public static string Describe(LossDivergence found) =>
        Invariant($"The training loss was {found.Lowest:F2} at step {found.LowestStep:N0} and is ")
            + Invariant($"{FormatLoss(found.Loss)} at step {found.Step:N0}, {FormatLoss(found.Loss - found.Lowest)} higher; ")
            + "it has not recovered.";

    // An exploding loss would fill the line with digits.
    private static string FormatLoss(double loss) => loss < 1e5 ? Invariant($"{loss:F2}") : Invariant($"{loss:0.0e+0}");
}
