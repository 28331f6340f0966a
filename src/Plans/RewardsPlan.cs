using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>
/// Rules that judge generated answers, with their weights: section <c>rewards</c> of a plan. A weight of 0 = not used.
/// </summary>
public sealed record RewardsPlan
{
    /// <summary>Weight of <see cref="ExactMatchReward"/>.</summary>
    public double ExactMatch { get; init; }

    /// <summary>Weight of <see cref="FinalNumberReward"/>.</summary>
    public double FinalNumber { get; init; }

    /// <summary>Weight of <see cref="WordF1Reward"/>.</summary>
    public double WordF1 { get; init; }

    /// <summary>Weight of <see cref="FieldsReward"/>.</summary>
    public double Fields { get; init; }

    /// <summary>Weight of <see cref="GroundednessReward"/>.</summary>
    public double Groundedness { get; init; }

    /// <summary>Weight of <see cref="JsonReward"/>.</summary>
    public double Json { get; init; }

    /// <summary>Weight of <see cref="EndsReward"/>.</summary>
    public double Ends { get; init; }

    /// <summary>A regular expression that answers should match; null for none.</summary>
    public PatternRewardPlan? Pattern { get; init; }

    /// <summary>The length that answers should have; null for any.</summary>
    public LengthRewardPlan? Length { get; init; }

    /// <summary>Creates the rewards that have a weight.</summary>
    /// <exception cref="ArgumentException">No reward has a weight, or the pattern is invalid.</exception>
    public WeightedRewards ToRewards() => new(
    [
        .. GetWeights().Where(part => part.Weight > 0).Select(part => new WeightedReward(part.Create(), part.Weight)),
    ]);

    /// <summary>Finds what is wrong with the section.</summary>
    /// <param name="path">Name of the section, such as <c>grpo.rewards</c>.</param>
    internal IEnumerable<ConfigurationProblem> FindProblems(string path)
    {
        if (GetWeights().All(part => part.Weight <= 0))
            yield return new($"{path} has no reward, so all answers are equally good. Give one a weight: exact_match: 1.", path);
        if (Length is { } length && length.Minimum > length.Maximum)
            yield return new(
                FormattableString.Invariant($"{path}.length.minimum is {length.Minimum}, more than its maximum of ")
                    + FormattableString.Invariant($"{length.Maximum}. Swap them."),
                $"{path}.length.minimum", $"{path}.length.maximum");
        if (Pattern?.FindProblem() is { } wrong)
            yield return new($"{path}.pattern.matches is not a usable regular expression: {wrong}", $"{path}.pattern.matches");
    }

    private (double Weight, Func<IReward> Create)[] GetWeights() =>
    [
        (ExactMatch, () => new ExactMatchReward()),
        (FinalNumber, () => new FinalNumberReward()),
        (WordF1, () => new WordF1Reward()),
        (Fields, () => new FieldsReward()),
        (Groundedness, () => new GroundednessReward()),
        (Json, () => new JsonReward()),
        (Ends, () => new EndsReward()),
        (Pattern?.Weight ?? 0, () => new PatternReward(Pattern!.Matches)),
        (Length?.Weight ?? 0, () => new LengthReward(Length!.Minimum, Length.Maximum, Length.Unit)),
    ];
}

/// <summary>A regular expression that answers should match: section <c>rewards.pattern</c> of a plan.</summary>
/// <param name="Matches">The expression, which must match the whole answer.</param>
/// <param name="Weight">Weight among the rewards.</param>
public sealed record PatternRewardPlan(string Matches, double Weight = 1)
{
    /// <summary>Returns what is wrong with the expression, or null.</summary>
    internal string? FindProblem()
    {
        try
        {
            _ = new PatternReward(Matches);
            return null;
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }
}

/// <summary>The length that answers should have: section <c>rewards.length</c> of a plan.</summary>
/// <param name="Maximum">Longest length with the full score.</param>
/// <param name="Minimum">Shortest length with the full score.</param>
/// <param name="Unit">Unit of both.</param>
/// <param name="Weight">Weight among the rewards.</param>
public sealed record LengthRewardPlan(int Maximum, int Minimum = 1, LengthUnit Unit = LengthUnit.Words, double Weight = 1);
