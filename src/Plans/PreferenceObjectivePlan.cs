namespace TurkishLlm.Plans;

/// <summary>The objective of preference training and its numbers.</summary>
public abstract record PreferenceObjectivePlan
{
    private protected PreferenceObjectivePlan()
    {
    }

    /// <summary>True if the objective uses the log-probabilities of the model before training.</summary>
    public abstract bool NeedsReference { get; }
}

/// <summary>Direct preference optimization: section <c>preference.dpo</c> of a plan.</summary>
/// <param name="Beta">β: larger values keep the model closer to its initial weights.</param>
/// <param name="LabelSmoothing">Fraction of the pairs that are assumed to be labeled the wrong way around, 0 … 0.5.</param>
public sealed record DpoPlan(double Beta = 0.1, double LabelSmoothing = 0) : PreferenceObjectivePlan
{
    /// <inheritdoc/>
    public override bool NeedsReference => true;
}

/// <summary>Kahneman-Tversky optimization, on single answers with a label: section <c>preference.kto</c> of a plan.</summary>
/// <param name="Beta">β: larger values keep the model closer to its initial weights.</param>
/// <param name="DesirableWeight">λ_D: weight of the loss of desirable answers.</param>
/// <param name="UndesirableWeight">λ_U: weight of the loss of undesirable answers.</param>
public sealed record KtoPlan(double Beta = 0.1, double DesirableWeight = 1, double UndesirableWeight = 1)
    : PreferenceObjectivePlan
{
    /// <inheritdoc/>
    public override bool NeedsReference => true;
}

/// <summary>
/// A reward model with a scalar head, trained on pairs by the model of Bradley and Terry: section <c>preference.reward</c> of a
/// plan.
/// </summary>
/// <param name="Centering">
/// Weight of the squared sum of the two rewards of a pair, which keeps them near 0; 0 for none.
/// </param>
public sealed record RewardPlan(double Centering = 0) : PreferenceObjectivePlan
{
    /// <inheritdoc/>
    public override bool NeedsReference => false;
}

/// <summary>Odds-ratio preference optimization: section <c>preference.orpo</c> of a plan.</summary>
/// <param name="Lambda">λ: weight of the odds ratio relative to the loss of the chosen answer.</param>
public sealed record OrpoPlan(double Lambda = 0.1) : PreferenceObjectivePlan
{
    /// <inheritdoc/>
    public override bool NeedsReference => false;
}
