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

/// <summary>Odds-ratio preference optimization: section <c>preference.orpo</c> of a plan.</summary>
/// <param name="Lambda">λ: weight of the odds ratio relative to the loss of the chosen answer.</param>
public sealed record OrpoPlan(double Lambda = 0.1) : PreferenceObjectivePlan
{
    /// <inheritdoc/>
    public override bool NeedsReference => false;
}
