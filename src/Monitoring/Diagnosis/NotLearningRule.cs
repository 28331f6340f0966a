using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a training loss that has not fallen since the first steps.</summary>
internal static class NotLearningRule
{
    private const double Least = 0.01;           // change ÷ initial loss
    private const double NoiseFactor = 6;        // standard errors of the difference of two blocks
    private const double NothingLeft = 0.1;      // nats; the text is known almost by heart

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (!curves.IsPastWarmup || curves.FractionDone < 0.5) return null;
        var (first, last) = (curves.Blocks[0].Median, curves.Blocks[^1].Median);
        var change = curves.Blocks.Max(block => block.Median) - curves.Blocks.Min(block => block.Median);
        var standardError = 1.25 * curves.Noise * Math.Sqrt(2.0 / curves.Blocks[0].Count);
        // Few rows per step hide a fall from blocks that a line through all steps still shows.
        var (fall, error) = curves.FitFallPerDoubling(0, 1);
        if (change > Least * first && (change > NoiseFactor * standardError || fall > NoiseFactor * error)) return null;
        var what = Invariant($"The training loss has not fallen: {first:F3} in the first {curves.Blocks[0].Count:N0} steps and ")
            + Invariant($"{last:F3} in the last {curves.Blocks[^1].Count:N0}, up to step {curves.LastStep:N0}.");
        return new("not learning", CurveFindingSeverity.Warning, what, first < NothingLeft
            ? "The initial weights predict these examples already: train on others."
            : Invariant($"Try optimizer.learning_rate at three times {curves.Plan.Optimizer.LearningRate:0.0#e-0}, and check ")
                + "what is learned with `turkishllm data inspect --loss-mask`.");
    }
}
