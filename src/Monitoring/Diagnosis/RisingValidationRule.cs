using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a validation loss that rises although the training loss does not fall.</summary>
internal static class RisingValidationRule
{
    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.ValidationTrend is not { IsRising: true } trend) return null;
        var (then, now) = OverfittingRule.GetTrainingLosses(curves, trend);
        return new("rising validation loss", CurveFindingSeverity.Warning,
            Invariant($"{OverfittingRule.Describe(trend, curves)}; the training loss went from {then:F2} to {now:F2}."),
            OverfittingRule.SuggestCheckpoint(trend, curves.Plan)
                + Invariant($" Try optimizer.learning_rate at a third of {curves.Plan.Optimizer.LearningRate:0.0#e-0}, ")
                + "and check that the validation data are of the same kind as the training data.");
    }
}
