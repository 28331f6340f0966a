using TurkishLlm.Inference.Rewards;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>
/// σ of the score of a reward model, 0 … 1: the probability that the answer wins against one with the score 0. An empty answer
/// has 0.
/// </summary>
/// <param name="model">The reward model.</param>
public sealed class JudgeReward(RewardModel model) : IReward
{
    /// <inheritdoc/>
    public string Name => "judge";

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return string.IsNullOrWhiteSpace(sample.Answer) ? 0 : 1 / (1 + Math.Exp(-model.Score(sample.Prompt, sample.Answer)));
    }
}
