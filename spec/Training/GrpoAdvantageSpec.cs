using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Training.Objectives.Reinforcement;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the advantages of all answers of a step.</summary>
public delegate IReadOnlyList<double> ComputeAdvantages(IReadOnlyList<double> rewards, int groupSize);

/// <summary>Rewards of the answers of a step, group by group.</summary>
/// <param name="Kind">What they are compared with.</param>
/// <param name="GroupSize">Answers per question.</param>
/// <param name="Rewards">The rewards.</param>
public sealed record AdvantageCase(AdvantageKind Kind, int GroupSize, params IReadOnlyList<double> Rewards)
{
    internal double[] Expected =>
        [.. Rewards.Chunk(GroupSize).SelectMany(group => GrpoOracle.Advantages(group, Kind == AdvantageKind.Std))];

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Kind}, groups of {GroupSize}: ")
        + string.Join(' ', Rewards.Select(reward => FormattableString.Invariant($"{reward}")));
}

/// <summary>Advantages of answers: GRP-01, GRP-02.</summary>
public static class GrpoAdvantageSpec
{
    public static readonly Requirement<AdvantageCase, ComputeAdvantages> GRP_01_Advantages = new()
    {
        Id = "GRP-01",
        Statement = "The advantage of an answer is the distance of its reward from the mean of its own group, in sample standard "
            + "deviations of that group plus 0.0001, or undivided, as the float64 oracle has it.",
        Source = "Shao et al. 2024, arXiv:2402.03300, section 4.1.2; Liu et al. 2025, arXiv:2503.20783, section 3.1; BUG-GRP-01",
        CanonicalCases =
        [
            new(AdvantageKind.Std, 4, 0.1, 0.9, 0.4, 0.2, 0.85, 0.8, 0.95, 0.3),
            new(AdvantageKind.Std, 3, 0, 1, 1, 0.3, 0.31, 0.305, 0.9, 0.7, 0.2),
            new(AdvantageKind.Mean, 3, 0.2, 0.7, 0.9, 1, 0, 0.25),
        ],
        Subject = (c, _) => (rewards, size) => GroupAdvantage.Compute(rewards, size, c.Kind),
        Holds = (compute, c, _) => Verdict.All(compute(c.Rewards, c.GroupSize).Zip(c.Expected, (found, expected) =>
            Verdict.AtMost(1e-12, Math.Abs(found - expected), "advantage, |Δ|"))),
        Impostors = new()
        {
            ["all answers of the step are one group"] = (c, _) => (rewards, _) =>
                GroupAdvantage.Compute(rewards, rewards.Count, c.Kind),
            ["answers are grouped across questions"] = (c, _) => (rewards, size) =>
            {
                var groups = rewards.Count / size;
                var mixed = GroupAdvantage.Compute(
                    [.. Enumerable.Range(0, rewards.Count).Select(i => rewards[i % size * groups + i / size])], size, c.Kind);
                return [.. Enumerable.Range(0, rewards.Count).Select(i => mixed[i % groups * size + i / groups])];
            },
            ["the mean of the next group"] = (_, _) => (rewards, size) => ByGroup(rewards, size, (group, next, i) =>
                (group[i] - next.Average()) / (Deviation(group) + GroupAdvantage.Epsilon)),
            ["the standard deviation of the step"] = (_, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                (group[i] - group.Average()) / (Deviation([.. rewards]) + GroupAdvantage.Epsilon)),
            ["the standard deviation of a population"] = (_, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                (group[i] - group.Average())
                    / (Deviation(group) * Math.Sqrt((size - 1.0) / size) + GroupAdvantage.Epsilon)),
            ["divided by the variance"] = (_, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                (group[i] - group.Average()) / (Math.Pow(Deviation(group), 2) + GroupAdvantage.Epsilon)),
            ["nothing is added to the deviation"] = (c, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                (group[i] - group.Average()) / (c.Kind == AdvantageKind.Std ? Deviation(group) : 1 + 1e-9)),
            ["the mean of the other answers"] = (c, _) => (rewards, size) =>
                [.. GroupAdvantage.Compute(rewards, size, c.Kind).Select(one => one * size / (size - 1))],
            ["the other way of comparing"] = (c, _) => (rewards, size) => GroupAdvantage.Compute(
                rewards, size, c.Kind == AdvantageKind.Std ? AdvantageKind.Mean : AdvantageKind.Std),
            ["the sign is flipped"] = (c, _) => (rewards, size) =>
                [.. GroupAdvantage.Compute(rewards, size, c.Kind).Select(one => -one)],
            ["rewards without a mean"] = (_, _) => (rewards, _) => rewards,
        },
    };

    public static readonly Requirement<AdvantageCase, ComputeAdvantages> GRP_02_NoSpread = new()
    {
        Id = "GRP-02",
        Statement = "If all answers to a question have the same reward, their advantages are exactly 0, also if the mean is "
            + "rounded, and those of other questions are not changed.",
        Source = "BUG-GRP-02: 0 ÷ 0 is NaN, and a rounded mean divided by a small constant is a preference",
        CanonicalCases =
        [
            new(AdvantageKind.Std, 3, 0.1, 0.1, 0.1, 0.2, 0.9, 0.4),
            new(AdvantageKind.Mean, 3, 0.7, 0.2, 0.1, 0.1, 0.1, 0.1),
            new(AdvantageKind.Std, 6, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 1, 0, 0, 1, 0, 0),
        ],
        Subject = (c, _) => (rewards, size) => GroupAdvantage.Compute(rewards, size, c.Kind),
        Holds = (compute, c, _) =>
        {
            var found = compute(c.Rewards, c.GroupSize);
            return Verdict.All(c.Expected.Select((expected, i) => expected == 0
                ? Verdict.Equal(0.0, found[i], "advantage without spread")
                : Verdict.AtMost(1e-12, Math.Abs(found[i] - expected), "advantage of another question, |Δ|")));
        },
        Impostors = new()
        {
            ["divided by the deviation alone"] = (_, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                (group[i] - group.Average()) / Deviation(group)),
            ["a rounded mean is a preference"] = (c, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                (group[i] - group.Sum() / size)
                    / (c.Kind == AdvantageKind.Std ? Deviation(group) + GroupAdvantage.Epsilon : 1)),
            ["compared with the step instead"] = (c, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                GroupAdvantage.HasNoSpread(group)
                    ? group[i] - rewards.Average() : GroupAdvantage.Compute(group, size, c.Kind)[i]),
            ["every answer is a good one"] = (c, _) => (rewards, size) => ByGroup(rewards, size, (group, _, i) =>
                GroupAdvantage.HasNoSpread(group) ? 1 : GroupAdvantage.Compute(group, size, c.Kind)[i]),
            ["one question without spread stops all"] = (c, _) => (rewards, size) =>
                rewards.Chunk(size).Any(GroupAdvantage.HasNoSpread)
                    ? [.. rewards.Select(_ => 0.0)] : GroupAdvantage.Compute(rewards, size, c.Kind),
        },
    };

    public static IReadOnlyList<Requirement> All => [GRP_01_Advantages, GRP_02_NoSpread];

    private static IReadOnlyList<double> ByGroup(
        IReadOnlyList<double> rewards, int size, Func<double[], double[], int, double> advantage)
    {
        var groups = rewards.Chunk(size).ToArray();
        return
        [
            .. groups.SelectMany((group, number) =>
                group.Select((_, i) => advantage(group, groups[(number + 1) % groups.Length], i))),
        ];
    }

    private static double Deviation(double[] group)
    {
        var mean = group.Average();
        return Math.Sqrt(group.Sum(reward => (reward - mean) * (reward - mean)) / (group.Length - 1));
    }
}
