namespace TurkishLlm.Evaluation.Rewards;

/// <summary>A reward and its weight among others.</summary>
/// <param name="Reward">The reward.</param>
/// <param name="Weight">Its weight, more than 0.</param>
public sealed record WeightedReward(IReward Reward, double Weight);
