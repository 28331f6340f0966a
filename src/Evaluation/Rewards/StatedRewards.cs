namespace TurkishLlm.Evaluation.Rewards;

/// <summary>Rewards and the options that they were made from.</summary>
/// <param name="Rules">The rewards.</param>
/// <param name="Statement">One line for each option, such as <c>exact_match: 1</c>: rewards are equal if their lines are.</param>
public sealed record StatedRewards(WeightedRewards Rules, IReadOnlyList<string> Statement);
