namespace TurkishLlm.Evaluation.Rewards;

/// <summary>Several rewards as one: their weighted mean, Σ weight · score ÷ Σ weight.</summary>
/// <remarks>Spec: RWD-02.</remarks>
public sealed class WeightedRewards : IReward
{
    private readonly double _totalWeight;

    /// <param name="parts">The rewards, with different names.</param>
    /// <exception cref="ArgumentException">There are no rewards, a weight is not more than 0, or two have one name.</exception>
    public WeightedRewards(IEnumerable<WeightedReward> parts)
    {
        Parts = [.. parts];
        if (Parts.Count == 0) throw new ArgumentException("There is no reward.", nameof(parts));
        foreach (var part in Parts)
            if (!double.IsFinite(part.Weight) || part.Weight <= 0)
                throw new ArgumentException(
                    FormattableString.Invariant($"The weight of {part.Reward.Name} is {part.Weight}; it must be more than 0."),
                    nameof(parts));
        if (Parts.Select(part => part.Reward.Name).Distinct(StringComparer.Ordinal).Count() < Parts.Count)
            throw new ArgumentException("Two rewards have the same name.", nameof(parts));
        _totalWeight = Parts.Sum(part => part.Weight);
    }

    /// <summary>The rewards and their weights.</summary>
    public IReadOnlyList<WeightedReward> Parts { get; }

    /// <inheritdoc/>
    public string Name => "reward";

    /// <inheritdoc/>
    public bool NeedsReference => Parts.Any(part => part.Reward.NeedsReference);

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample) => ScoreParts(sample).Total;

    /// <summary>Returns the score of an answer and the scores that it is made of.</summary>
    /// <exception cref="ArgumentException">A reward needs a reference answer, and the question has none.</exception>
    public RewardScores ScoreParts(AnsweredQuestion sample)
    {
        (string Name, double Score)[] scores = [.. Parts.Select(part => (part.Reward.Name, part.Reward.Score(sample)))];
        return new(scores.Zip(Parts, (score, part) => part.Weight * score.Score).Sum() / _totalWeight, scores);
    }
}
