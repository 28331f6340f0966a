using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Files;
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

    /// <summary>Reads rewards from a file and from options of a command.</summary>
    /// <param name="file">A YAML file with the keys of the section; null for none.</param>
    /// <param name="overrides">Values that are added to the file or replace its values, such as <c>exact_match=1</c>.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="ConfigurationException">The rewards are invalid; lists all problems.</exception>
    public static RewardsPlan Load(string? file, IEnumerable<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        if (file is not null && !File.Exists(file)) throw new FileNotFoundException($"There is no file of rewards {file}.", file);
        var yaml = file is null ? "{}" : TextFile.ReadAllText(file);
        var document = new PlanDocument(
            yaml, file ?? "--reward", overrides, directory: null, expectedKeys: "exact_match: 1", overrideOption: "--reward")
        {
            Keys = [.. RewardsSchema.Section.GetKeys(null)],
        };
        var (rewards, _) = RewardsSchema.Section.ReadAll(document.Root);
        document.ThrowIfInvalid();
        ConfigurationException.ThrowIfAny([.. rewards!.FindProblems(path: null)]);
        return rewards;
    }

    /// <summary>Creates the rewards that have a weight, with the values that they were made from.</summary>
    /// <exception cref="ArgumentException">No reward has a weight, or the pattern is invalid.</exception>
    public StatedRewards ToStatedRewards() => new(
        ToRewards(),
        [
            .. RewardsSchema.Section.GetEntries(this).Where(entry => entry.Value is not "0" and not "null")
                .Select(entry => $"{entry.Key}: {entry.Value}"),
        ]);

    /// <summary>Creates the rewards that have a weight.</summary>
    /// <exception cref="ArgumentException">No reward has a weight, or the pattern is invalid.</exception>
    public WeightedRewards ToRewards() => new(
    [
        .. GetWeights().Where(part => part.Weight > 0).Select(part => new WeightedReward(part.Create(), part.Weight)),
    ]);

    /// <summary>Finds what is wrong with the section.</summary>
    /// <param name="path">Name of the section, such as <c>grpo.rewards</c>; null if the keys are not in a section.</param>
    internal IEnumerable<ConfigurationProblem> FindProblems(string? path)
    {
        var prefix = path is null ? "" : $"{path}.";
        if (GetWeights().All(part => part.Weight <= 0))
            yield return new(
                $"{(path is null ? "There" : path)} {(path is null ? "is" : "has")} no reward with a weight, so all answers are "
                    + "equally good. Give one a weight: exact_match: 1.",
                path is null ? [] : [path]);
        if (Length is { } length && length.Minimum > length.Maximum)
            yield return new(
                FormattableString.Invariant($"{prefix}length.minimum is {length.Minimum}, more than its maximum of ")
                    + FormattableString.Invariant($"{length.Maximum}. Swap them."),
                $"{prefix}length.minimum", $"{prefix}length.maximum");
        if (Pattern?.FindProblem() is { } wrong)
            yield return new($"{prefix}pattern.matches is not a usable regular expression: {wrong}", $"{prefix}pattern.matches");
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
