using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>
/// Share of the words of an answer that are in the passages, not counting those of the question. An answer that only repeats the
/// question, and a question without passages, have 0: otherwise the model would learn to say nothing.
/// </summary>
public sealed class GroundednessReward : IReward
{
    /// <inheritdoc/>
    public string Name => "groundedness";

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return Groundedness.Compute(ComparedText.Create(sample, sample.Answer), sample.Question, sample.Passages) ?? 0;
    }
}
