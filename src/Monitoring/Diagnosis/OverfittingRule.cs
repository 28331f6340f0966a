using TurkishLlm.Plans;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a validation loss that rises while the training loss falls. Works from the second measurement.</summary>
internal static class OverfittingRule
{
    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.ValidationTrend is not { IsRising: true } trend) return null;
        var (then, now) = GetTrainingLosses(curves, trend);
        var standardError = curves.HasEnoughSteps ? curves.Noise * Math.Sqrt(2.0 / curves.MeanWidth) : 0;
        return then - now > 2 * standardError
            ? new("overfitting", CurveFindingSeverity.Warning,
                Invariant($"{Describe(trend, curves)}, while ")
                    + Invariant($"the training loss fell from {then:F2} to {now:F2}: the model memorizes its training ")
                        + Invariant($"data{MemorizationRule.DescribeEpochsRead(curves)}."),
                SuggestCheckpoint(trend, curves.Plan)
                    + Invariant($" Train on more {(curves.IsFineTuning ? "examples" : "text")} or for fewer ")
                    + Invariant($"steps; otherwise raise {SuggestRegularization(curves.Plan)}."))
            : null;
    }

    /// <summary>Returns the training losses when the validation loss was lowest, and now.</summary>
    public static (double Then, double Now) GetTrainingLosses(LossCurves curves, ValidationTrend trend) =>
        (trend.BestStep < curves.FiniteSteps[0].Step ? curves.InitialLoss : curves.GetMeanLossNear(trend.BestStep),
            curves.FinalLoss);

    /// <summary>Describes the rise of a validation loss, without a full stop.</summary>
    public static string Describe(ValidationTrend trend, LossCurves curves)
    {
        var when = trend.BestStep < curves.FiniteSteps[0].Step
            ? "before the first step" : Invariant($"at step {trend.BestStep:N0}");
        return Invariant($"The validation loss was lowest {when} ({trend.Best:F3}) and is ")
            + Invariant($"{trend.Last:F3} now, at step {trend.LastStep:N0}");
    }

    /// <summary>Suggests which checkpoint to use.</summary>
    public static string SuggestCheckpoint(ValidationTrend trend, TrainingPlan plan) =>
        trend.BestStep <= (plan.WarmStart?.Step ?? 0) ? "Use the initial weights instead of this run."
        : plan.Checkpoints.KeepBest
            ? Invariant($"Use the checkpoint of step {trend.BestStep:N0}, as other commands do by default.")
        : Invariant($"Use the checkpoint nearest to step {trend.BestStep:N0}, and set checkpoints.keep_best: true.");

    // DPO and KTO have no dropout.
    private static string SuggestRegularization(TrainingPlan plan) =>
        plan.Preference?.Objective is DpoPlan dpo
            ? Invariant($"preference.dpo.beta (now {dpo.Beta}), which keeps the model close to the reference")
        : plan.Preference?.Objective is KtoPlan kto
            ? Invariant($"preference.kto.beta (now {kto.Beta}), which keeps the model close to the reference")
        : plan.Lora is { } lora ? Invariant($"lora.dropout (now {lora.Dropout}) or lower lora.rank (now {lora.Rank})")
        : Invariant($"model.dropout (now {plan.Model.Dropout}) or use a smaller model");
}
