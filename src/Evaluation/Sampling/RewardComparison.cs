using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;

namespace TurkishLlm.Evaluation.Sampling;

/// <summary>The rewards of two models on the same questions.</summary>
/// <param name="Before">Mean reward of one model.</param>
/// <param name="After">Mean reward of the other.</param>
/// <param name="Difference">Interval of the difference after − before; null for a single question.</param>
/// <param name="WinRate">Share of questions on which the other model has the higher mean reward; a tie counts half.</param>
/// <param name="WinRateInterval">Interval of the win rate.</param>
/// <param name="Wins">Number of such questions, without ties.</param>
/// <param name="Ties">Number of questions with equal mean rewards.</param>
/// <param name="Questions">Number of questions that both models answered.</param>
/// <remarks>Spec: SEL-03.</remarks>
public sealed record RewardComparison(
    double Before, double After, ConfidenceInterval? Difference,
    double WinRate, ConfidenceInterval? WinRateInterval, int Wins, int Ties, int Questions)
{
    /// <summary>Compares two files of answers.</summary>
    /// <param name="before">Questions with the answers of one model.</param>
    /// <param name="after">The same questions with the answers of the other.</param>
    /// <param name="bootstrap">Computes intervals over questions.</param>
    /// <exception cref="InvalidDataException">The questions, or the rewards, are not the same.</exception>
    public static RewardComparison Create(
        IReadOnlyList<SampledQuestion> before, IReadOnlyList<SampledQuestion> after, Bootstrap bootstrap)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(bootstrap);
        RequireSameQuestions(before, after);
        var both = before.Zip(after).Where(pair => pair.First.Answers.Count > 0 && pair.Second.Answers.Count > 0).ToArray();
        if (both.Length == 0) throw new InvalidDataException("There is no question that both models have answered.");
        RowValue[] first = [.. both.Select(pair => GetMean(pair.First))], second = [.. both.Select(pair => GetMean(pair.Second))];
        RowValue[] wins = [.. first.Zip(second, (a, b) => new RowValue(b.Sum > a.Sum ? 1 : b.Sum == a.Sum ? 0.5 : 0))];
        return new(
            RowValue.Mean(first), RowValue.Mean(second), bootstrap.GetDifferenceInterval(first, second),
            RowValue.Mean(wins), bootstrap.GetInterval(wins),
            wins.Count(win => win.Sum == 1), wins.Count(win => win.Sum == 0.5), both.Length);
    }

    private static RowValue GetMean(SampledQuestion question) => new(question.Answers.Average(answer => answer.Reward));

    private static void RequireSameQuestions(IReadOnlyList<SampledQuestion> before, IReadOnlyList<SampledQuestion> after)
    {
        if (before.Count != after.Count)
            throw new InvalidDataException(FormattableString.Invariant(
                $"The first file has {before.Count} questions and the second {after.Count}. Ask both models the same files."));
        foreach (var (i, (one, other)) in before.Zip(after).Index())
        {
            if (one.Prompt.Messages[^1].Text != other.Prompt.Messages[^1].Text)
                throw new InvalidDataException(FormattableString.Invariant($"Question {i + 1} is not the same in both files: ")
                    + $"{one.Location} and {other.Location}. Ask both models the same files.");
            if (!one.Rewards.SequenceEqual(other.Rewards, StringComparer.Ordinal))
                throw new InvalidDataException(
                    "The two files were judged by different rewards. Generate one of them again with those of the other.");
        }
    }
}
