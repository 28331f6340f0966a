using TurkishLlm.Plans;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a validation loss that rises while the training loss falls.</summary>
internal static class OverfittingRule
{
    private const double Least = 0.01;      // of the validation loss

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        var validation = curves.Validation;
        if (validation.Count < 5) return null;
        var best = validation.MinBy(v => v.Loss);
        var last = (validation[^1].Loss + validation[^2].Loss) / 2;
        if (validation.Count(v => v.Step > best.Step) < 2) return null;
        var rise = last - best.Loss;
        var (then, now) = (curves.GetMeanLossNear(best.Step), curves.FinalLoss);
        if (!(rise > Math.Max(4 * curves.ValidationNoise, Least * best.Loss)) || !(now < then)) return null;

        return new("overfitting", CurveFindingSeverity.Warning,
            Invariant($"The validation loss was lowest at step {best.Step:N0} ({best.Loss:F3}) and is ")
                + Invariant($"{validation[^1].Loss:F3} now, while ")
                + Invariant($"the training loss fell from {then:F2} to {now:F2}: the model memorizes its training ")
                    + Invariant($"data{MemorizationRule.DescribeEpochsRead(curves)}."),
            Invariant($"Use the checkpoint nearest to step {best.Step:N0}. Train on more text or for fewer ")
                + Invariant($"steps; otherwise raise {SuggestRegularization(curves.Plan)}."));
    }

    // DPO has no dropout.
    private static string SuggestRegularization(TrainingPlan plan) =>
        plan.Preference?.Objective is DpoPlan dpo
            ? Invariant($"preference.dpo.beta (now {dpo.Beta}), which keeps the model close to the reference")
        : plan.Lora is { } lora ? Invariant($"lora.dropout (now {lora.Dropout}) or lower lora.rank (now {lora.Rank})")
        : Invariant($"model.dropout (now {plan.Model.Dropout}) or use a smaller model");
}
