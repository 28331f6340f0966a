namespace TurkishLlm.Evaluation.Rewards;

/// <summary>Base of the rewards that compare an answer with a reference.</summary>
public abstract class ReferenceReward : IReward
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public bool NeedsReference => true;

    /// <inheritdoc/>
    public double Score(AnsweredQuestion sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.Reference is { } reference ? Compare(sample, reference) : throw new ArgumentException(
            $"The reward {Name} compares with a reference answer, but \"{sample.Question}\" has none.", nameof(sample));
    }

    /// <summary>Returns the score of an answer, 0 … 1.</summary>
    /// <param name="sample">The answer.</param>
    /// <param name="reference">The reference answer.</param>
    protected abstract double Compare(AnsweredQuestion sample, string reference);
}
