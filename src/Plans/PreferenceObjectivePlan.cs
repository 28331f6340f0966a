using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>The objective that pairs of answers are learned by, with its numbers.</summary>
public abstract record PreferenceObjectivePlan
{
    private protected PreferenceObjectivePlan()
    {
    }

    /// <summary>True where answers are compared with the log-probabilities that the model gave them before training.</summary>
    public abstract bool NeedsReference { get; }

    internal abstract IEnumerable<ConfigurationProblem> Problems();
}

/// <summary>Direct preference optimization: section <c>preference.dpo</c> of a plan.</summary>
/// <param name="Beta">β: how strongly the model is held to the one that training started from.</param>
/// <param name="LabelSmoothing">Share of the pairs that are taken for mislabelled, 0 … 0.5.</param>
public sealed record DpoPlan(double Beta = 0.1, double LabelSmoothing = 0) : PreferenceObjectivePlan
{
    /// <inheritdoc/>
    public override bool NeedsReference => true;

    internal override IEnumerable<ConfigurationProblem> Problems() =>
    [
        .. PlanRange.MoreThan(0, Beta, "preference.dpo.beta"),
        .. LabelSmoothing is >= 0 and < 0.5 ? Array.Empty<ConfigurationProblem>() :
        [
            new(
                FormattableString.Invariant(
                    $"preference.dpo.label_smoothing is {LabelSmoothing}; it must be 0 … 0.5, and less than 0.5: else the rejected answers are learned."),
                "preference.dpo.label_smoothing"),
        ],
    ];
}

/// <summary>Odds-ratio preference optimization: section <c>preference.orpo</c> of a plan.</summary>
/// <param name="Lambda">λ: weight of the odds ratio beside the loss of the chosen answer.</param>
public sealed record OrpoPlan(double Lambda = 0.1) : PreferenceObjectivePlan
{
    /// <inheritdoc/>
    public override bool NeedsReference => false;

    internal override IEnumerable<ConfigurationProblem> Problems() => PlanRange.MoreThan(0, Lambda, "preference.orpo.lambda");
}
