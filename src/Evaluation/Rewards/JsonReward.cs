using TurkishLlm.Evaluation.Metrics;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>1 if the answer is a JSON object and nothing else, otherwise 0.</summary>
public sealed class JsonReward : IReward
{
    /// <inheritdoc/>
    public string Name => "json_object";

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return FieldMatch.IsObject(sample.Answer) ? 1 : 0;
    }
}
