using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Decides whether a run has been measured often enough to be called healthy.</summary>
internal static class EvidenceCheck
{
    private const int FewestValidations = 3;
    private const double Negligible = 0.003;      // rise of the validation loss ÷ its lowest

    /// <summary>Returns a finding that says what is missing; null if the measurements allow a verdict.</summary>
    public static CurveFinding? FindGap(LossCurves curves) => (FindGapInTraining(curves) ?? FindGapInValidation(curves)) is
        var (observation, suggestion)
        ? new("too few measurements to judge", CurveFindingSeverity.Info, observation, suggestion)
        : null;

    private static (string Observation, string Suggestion)? FindGapInTraining(LossCurves curves)
    {
        if (!curves.HasEnoughSteps)
        {
            var count = curves.FiniteSteps.Count;
            var losses = count < 2 ? "" : Invariant($" The training loss went from {curves.FiniteSteps[0].Loss:F2} to ")
                + Invariant($"{curves.FiniteSteps[^1].Loss:F2}.");
            return (
                Invariant($"{count} {(count == 1 ? "step is" : "steps are")} too few to distinguish a trend from noise.")
                    + losses + DescribeValidation(curves),
                Invariant($"Take at least {LossCurves.MinimumSteps} steps, on more data, for more training.epochs, or with a ")
                    + "smaller training.micro_batch_size.");
        }
        var (lowest, last) = (curves.Blocks.MinBy(block => block.Median), curves.Blocks[^1]);
        if (last.Median - lowest.Median > last.GetThreshold(lowest, curves.Noise))
            return (
                Invariant($"The training loss rose from {lowest.Median:F2} around step {lowest.Last:N0} to {last.Median:F2} ")
                    + Invariant($"in the last {last.Count:N0} steps."),
                "Train on to see whether it recovers.");
        if (curves.IsNearRandomLoss)
            return (
                Invariant($"After {curves.FiniteSteps.Count:N0} steps the training loss is {curves.FinalLoss:F2}, near the ")
                    + Invariant($"{curves.RandomLoss:F2} of an untrained model: it is too early to judge."),
                "Take more steps; if the loss stays there, try optimizer.learning_rate at a third and at three times "
                    + Invariant($"{curves.Plan.Optimizer.LearningRate:0.0#e-0}."));
        return null;
    }

    private static (string Observation, string Suggestion)? FindGapInValidation(LossCurves curves)
    {
        var losses = curves.MeasuredLosses;
        if (losses.Count < FewestValidations)
        {
            if (curves.IsSinglePass) return null;
            var fell = Invariant($"The training loss fell from {curves.InitialLoss:F2} to {curves.FinalLoss:F2}");
            return (
                losses.Count == 0
                    ? fell + "; without a validation loss, overfitting cannot be seen."
                    : Invariant($"{fell}.{DescribeValidation(curves)}"),
                Invariant($"Measure the validation loss at least {FewestValidations} times: evaluation.every: ")
                    + Invariant($"{Math.Max(1, curves.FiniteSteps.Count / 5)} (now {curves.Plan.Evaluation.Every})."));
        }
        if (losses.Count < 5 && curves.ValidationTrend is { Since: > 0 } trend && trend.RelativeRise > Negligible)
            return (
                Invariant($"{OverfittingRule.Describe(trend, curves)}, {100 * trend.RelativeRise:F1} % higher: with ")
                    + Invariant($"{losses.Count} measurements, this may be noise or the start of overfitting."),
                "Measure more often (evaluation.every), and prefer the checkpoint with the lowest validation loss, as other "
                    + "commands do by default.");
        return null;
    }

    private static string DescribeValidation(LossCurves curves)
    {
        var losses = curves.MeasuredLosses;
        if (losses.Count == 0) return "";
        var measured = string.Join(", ", losses.Take(4).Select(value => Invariant($"{value.Loss:F3} at step {value.Step:N0}")));
        return $" The validation loss was {measured}{(losses.Count > 4 ? ", …" : "")}.";
    }
}
