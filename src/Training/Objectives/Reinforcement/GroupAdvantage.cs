using TurkishLlm.Plans;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>
/// Advantages of answers: how much better the reward of an answer is than those of the other answers of its group.
/// </summary>
/// <remarks>
/// (r − mean) ÷ (std + 10⁻⁴) over the answers to one question, with the standard deviation of a sample (n − 1), as in TRL. If all
/// rewards of a group are equal, its advantages are exactly 0. Source: Shao et al. 2024, arXiv:2402.03300, section 4.1.2;
/// without the division: Liu et al. 2025, arXiv:2503.20783, section 3.1. Spec: GRP-01, GRP-02.
/// </remarks>
public static class GroupAdvantage
{
    /// <summary>Constant added to the standard deviation of a group.</summary>
    public const double Epsilon = 1e-4;

    /// <summary>Computes the advantages of all answers.</summary>
    /// <param name="rewards">The rewards, group by group.</param>
    /// <param name="groupSize">Answers per question.</param>
    /// <param name="kind">What the rewards are compared with.</param>
    /// <exception cref="ArgumentException">The number of rewards is not a multiple of the group size.</exception>
    public static IReadOnlyList<double> Compute(IReadOnlyList<double> rewards, int groupSize, AdvantageKind kind)
    {
        ArgumentNullException.ThrowIfNull(rewards);
        if (rewards.Count % groupSize != 0)
            throw new ArgumentException($"{rewards.Count} rewards are not groups of {groupSize}.", nameof(rewards));
        return [.. rewards.Chunk(groupSize).SelectMany(group => ComputeGroup(group, kind))];
    }

    /// <summary>Returns true if the rewards of a group are all equal.</summary>
    public static bool HasNoSpread(IReadOnlyList<double> group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.All(reward => reward.Equals(group[0]));
    }

    private static IEnumerable<double> ComputeGroup(double[] rewards, AdvantageKind kind)
    {
        // The mean of equal numbers may be rounded, and the advantage would not be 0.
        if (HasNoSpread(rewards)) return rewards.Select(_ => 0.0);
        var mean = rewards.Average();
        var variance = rewards.Sum(reward => (reward - mean) * (reward - mean)) / (rewards.Length - 1);
        var divisor = kind == AdvantageKind.Mean ? 1 : Math.Sqrt(variance) + Epsilon;
        return rewards.Select(reward => (reward - mean) / divisor);
    }
}
