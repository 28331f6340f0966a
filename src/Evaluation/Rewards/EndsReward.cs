namespace TurkishLlm.Evaluation.Rewards;

/// <summary>1 if the model ended its answer by itself and said something, 0 if the answer is empty or was cut off.</summary>
public sealed class EndsReward : IReward
{
    /// <inheritdoc/>
    public string Name => "ends";

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.EndsByItself && !string.IsNullOrWhiteSpace(sample.Answer) ? 1 : 0;
    }
}
