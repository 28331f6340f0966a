namespace TurkishLlm.Evaluation.Rewards;

/// <summary>
/// A verifiable reward: a rule that says how good an answer is. Equal answers always have equal scores, in every culture.
/// </summary>
/// <remarks>Spec: RWD-01.</remarks>
public interface IReward
{
    /// <summary>Name in plans and logs.</summary>
    string Name { get; }

    /// <summary>True if the reward compares with a reference answer.</summary>
    bool NeedsReference => false;

    /// <summary>Returns the score of an answer, 0 … 1.</summary>
    /// <exception cref="ArgumentException">The reward needs a reference answer, and the question has none.</exception>
    double Score(AnsweredQuestion sample);
}
