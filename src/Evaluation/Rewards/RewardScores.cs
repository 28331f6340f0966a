namespace TurkishLlm.Evaluation.Rewards;

/// <summary>The scores of an answer.</summary>
/// <param name="Total">The weighted mean of the parts, 0 … 1.</param>
/// <param name="Parts">Name and score of every reward, 0 … 1, in the order of the rewards.</param>
public sealed record RewardScores(double Total, IReadOnlyList<(string Name, double Score)> Parts);
