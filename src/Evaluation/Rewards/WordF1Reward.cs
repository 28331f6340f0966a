using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>F1 over the words that an answer shares with the reference; words as for <see cref="ExactMatchReward"/>.</summary>
public sealed class WordF1Reward : ReferenceReward
{
    /// <inheritdoc/>
    public override string Name => "word_f1";

    /// <inheritdoc/>
    protected override double Compare(AnsweredQuestion sample, string reference) =>
        WordOverlap.F1(ComparedText.Create(sample, sample.Answer), ComparedText.Create(sample, reference));
}
