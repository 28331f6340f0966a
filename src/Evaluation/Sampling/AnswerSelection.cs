namespace TurkishLlm.Evaluation.Sampling;

/// <summary>Chooses answers to train on by their rewards.</summary>
/// <remarks>
/// Answers that were cut off are never chosen, on either side: training adds the end of the turn, which they do not have. Of
/// equally good answers the one that was sampled first is taken. Spec: SEL-01, SEL-02. Source of the best of n as training data:
/// Touvron et al. 2023, "Llama 2", arXiv:2307.09288, section 3.2.3.
/// </remarks>
public static class AnswerSelection
{
    /// <summary>Returns the answers with the highest and the lowest reward, as a preference pair.</summary>
    /// <param name="question">The question.</param>
    /// <param name="minimumMargin">Least difference of the two rewards; they differ in any case.</param>
    /// <returns>Null if the rewards of all usable answers are too close.</returns>
    public static SampledPair? FindPair(SampledQuestion question, double minimumMargin = 0)
    {
        if (FindBest(question) is not { } chosen) return null;
        var rejected = question.Answers.Where(answer => answer.IsUsable).MinBy(answer => answer.Reward)!;
        var margin = chosen.Reward - rejected.Reward;
        return margin > 0 && margin >= minimumMargin && chosen.Text != rejected.Text
            ? new(question, chosen, rejected) : null;
    }

    /// <summary>Returns the answer with the highest reward (rejection sampling).</summary>
    /// <param name="question">The question.</param>
    /// <param name="minimumReward">Least reward.</param>
    /// <returns>Null if no usable answer is good enough.</returns>
    public static SampledAnswer? FindBest(SampledQuestion question, double minimumReward = 0)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Answers.Where(answer => answer.IsUsable && answer.Reward >= minimumReward).MaxBy(answer => answer.Reward);
    }
}
