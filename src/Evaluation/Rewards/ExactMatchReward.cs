using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>
/// 1 if the answer has the words of the reference in the same order, otherwise 0. Case, by Turkish rules, punctuation, suffixes
/// after apostrophes and citations of passages do not count.
/// </summary>
public sealed class ExactMatchReward : ReferenceReward
{
    /// <inheritdoc/>
    public override string Name => "exact_match";

    /// <inheritdoc/>
    protected override double Compare(AnsweredQuestion sample, string reference) =>
        WordOverlap.IsExactMatch(ComparedText.Create(sample, sample.Answer), ComparedText.Create(sample, reference)) ? 1 : 0;
}
