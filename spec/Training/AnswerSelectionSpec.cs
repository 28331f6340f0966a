using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Sampling;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>Returns the numbers of the chosen and of the rejected answer, from 0; null for no pair.</summary>
public delegate (int Chosen, int Rejected)? FindPair(SampledQuestion question, double minimumMargin);

/// <summary>Returns the number of the best answer, from 0; null for none.</summary>
public delegate int? FindBest(SampledQuestion question, double minimumReward);

/// <summary>Answers to a question: rewards in hundredths, in the order of sampling; negative for answers cut off.</summary>
/// <param name="Threshold">The least difference of the rewards of a pair, or the least reward, in hundredths.</param>
/// <param name="Rewards">The rewards.</param>
public sealed record SelectionCase(int Threshold, params IReadOnlyList<int> Rewards)
{
    internal SampledQuestion Question { get; } = new(
        "rows.jsonl:1", new(ChatMessage.User("Makara nerede?")), null,
        [
            .. Rewards.Select((reward, i) => new SampledAnswer(
                $"{i}. yanıt", 3 + i, EndsByItself: reward >= 0, Math.Abs(reward) / 100.0, new Dictionary<string, double>())),
        ],
        []);

    /// <inheritdoc/>
    public override string ToString() => $"rewards {string.Join(' ', Rewards)}, at least {Threshold}";
}

/// <summary>Rewards of two models: for each question those of the answers of each, in hundredths.</summary>
/// <param name="Questions">The questions; a model without answers could not read it.</param>
public sealed record RewardComparisonCase(params IReadOnlyList<(int[] Before, int[] After)> Questions)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Questions.Count} questions";

    internal static IReadOnlyList<SampledQuestion> Create(IEnumerable<int[]> rewards) =>
        [.. rewards.Select(answers => new SelectionCase(0, answers).Question)];
}

/// <summary>Training data from sampled answers: SEL-01 to SEL-03.</summary>
public static class AnswerSelectionSpec
{
    public static readonly Requirement<SelectionCase, FindPair> SEL_01_Pairs = new()
    {
        Id = "SEL-01",
        Statement = "Of all pairs of complete answers, the one with the largest difference of rewards is taken, the earliest "
            + "answers of equal ones, if the difference is positive and at least the minimum.",
        Source = "Touvron et al. 2023, arXiv:2307.09288, section 3.2.3; exhaustive search over all pairs",
        CanonicalCases =
        [
            new(20, -95, 60, 85, 30, -5, 85, 30, 40),
            new(55, 40, 85, 30, -99, 85, 30, -1),
        ],
        Subject = (_, _) => Numbers(AnswerSelection.FindPair),
        Holds = (find, c, _) => Verdict.All(
            Verdict.Equal(Exhaustive(c, c.Threshold), find(c.Question, c.Threshold / 100.0), "pair"),
            Verdict.Equal(null, find(c.Question, 0.56), "pair with a minimum above the largest difference"),
            Verdict.Equal(null, find(new SelectionCase(0, 40, 40, -90).Question, 0), "pair of equal rewards"),
            Verdict.Equal(null, find(new SelectionCase(0, 40, -10).Question, 0), "pair of a single complete answer")),
        Impostors = new()
        {
            ["the worst is chosen"] = (_, _) => (question, margin) =>
                Numbers(AnswerSelection.FindPair)(question, margin) is var (chosen, rejected) ? (rejected, chosen) : null,
            ["answers that were cut off are rejected ones"] = (_, _) => (question, margin) =>
                AnswerSelection.FindBest(question) is { } best
                && question.Answers.MinBy(answer => answer.Reward) is { } worst && best.Reward - worst.Reward >= margin
                    ? (Number(question, best), Number(question, worst)) : null,
            ["answers that were cut off are chosen"] = (_, _) => (question, margin) =>
                Numbers(AnswerSelection.FindPair)(Complete(question), margin),
            ["the second best is rejected"] = (_, _) => (question, margin) =>
                question.Answers.Where(answer => answer.IsUsable).OrderByDescending(answer => answer.Reward).ToArray()
                    is [var first, .., var last] ranked && first.Reward - last.Reward >= margin && first.Reward > last.Reward
                    ? (Number(question, first), Number(question, ranked.First(answer => answer.Reward < first.Reward))) : null,
            ["the latest of equal ones"] = (_, _) => (question, margin) =>
                Numbers(AnswerSelection.FindPair)(question with { Answers = [.. question.Answers.Reverse()] }, margin)
                    is var (chosen, rejected)
                    ? (question.Answers.Count - 1 - chosen, question.Answers.Count - 1 - rejected) : null,
            ["the minimum is that of the reward"] = (_, _) => (question, margin) =>
                Numbers(AnswerSelection.FindPair)(question, 0) is var (chosen, rejected)
                && question.Answers[chosen].Reward >= margin ? (chosen, rejected) : null,
            ["equal rewards are a pair"] = (_, _) => (question, margin) =>
                Numbers(AnswerSelection.FindPair)(question, margin)
                ?? (margin == 0 && question.Answers.Count(answer => answer.IsUsable) > 1 ? (0, 1) : null),
        },
    };

    public static readonly Requirement<SelectionCase, FindBest> SEL_02_Best = new()
    {
        Id = "SEL-02",
        Statement = "The best answer is the earliest complete one with the highest reward, if that is at least the minimum.",
        Source = "Touvron et al. 2023, arXiv:2307.09288, section 3.2.3",
        CanonicalCases = [new(80, 30, -95, 60, 85, -90, 85, 70), new(85, -99, 10, 85, 85, 20)],
        Subject = (_, _) => Numbers(AnswerSelection.FindBest),
        Holds = (find, c, _) => Verdict.All(
            Verdict.Equal(
                Enumerable.Range(0, c.Rewards.Count).First(i => c.Rewards[i] == c.Rewards.Max()),
                find(c.Question, c.Threshold / 100.0), "best"),
            Verdict.Equal(null, find(c.Question, 0.86), "best with a minimum above all rewards"),
            Verdict.Equal(null, find(new SelectionCase(0, -95, -90).Question, 0), "best of answers that were cut off")),
        Impostors = new()
        {
            ["the minimum is not applied"] = (_, _) => (question, _) => Numbers(AnswerSelection.FindBest)(question, 0),
            ["the minimum itself is refused"] = (_, _) => (question, least) =>
                Numbers(AnswerSelection.FindBest)(question, least + 0.051),
            ["the first that is good enough for the mean"] = (_, _) => (question, least) =>
            {
                var good = question.Answers.Where(answer => answer.IsUsable).ToArray();
                var first = good.FirstOrDefault(answer => answer.Reward >= Math.Min(least, good.Average(one => one.Reward)));
                return first is null ? null : Number(question, first);
            },
            ["the first answer"] = (_, _) => (question, _) => 0,
            ["answers that were cut off count"] = (_, _) => (question, least) =>
                Numbers(AnswerSelection.FindBest)(Complete(question), least),
            ["the latest of equal ones"] = (_, _) => (question, least) =>
                question.Answers.Count - 1 - Numbers(AnswerSelection.FindBest)(
                    question with { Answers = [.. question.Answers.Reverse()] }, least),
        },
    };

    public static readonly
        Requirement<RewardComparisonCase, Func<IReadOnlyList<SampledQuestion>, IReadOnlyList<SampledQuestion>, RewardComparison>>
        SEL_03_WinRate = new()
    {
        Id = "SEL-03",
        Statement = "The win rate is the share of questions, answered by both models, on which the second model has the "
            + "higher mean reward, with ties as half; exchanging the models gives one minus it.",
        Source = "definition, with integers",
        CanonicalCases =
        [
            new(
                ([10, 30, 20], [25, 15, 26]), ([50, 50], [40, 60]), ([90, 10], [20, 30]), ([5, 5, 80], [31, 31, 31]),
                ([], [90, 95]), ([70, 20], [60, 60]), ([0, 0], [1, 0])),
        ],
        Subject = (_, _) => (before, after) => RewardComparison.Create(before, after, new Bootstrap(0)),
        Holds = (compare, c, _) =>
        {
            var before = RewardComparisonCase.Create(c.Questions.Select(question => question.Before));
            var after = RewardComparisonCase.Create(c.Questions.Select(question => question.After));
            var answered = c.Questions.Where(question => question.Before.Length > 0 && question.After.Length > 0).ToArray();
            // Means are compared as products of integers.
            int[] signs =
            [
                .. answered.Select(question =>
                    Math.Sign(question.After.Sum() * question.Before.Length - question.Before.Sum() * question.After.Length)),
            ];
            var (actual, exchanged) = (compare(before, after), compare(after, before));
            var expected = signs.Average(sign => (sign + 1) / 2.0);
            return Verdict.All(
                Verdict.AtMost(1e-12, Math.Abs(actual.WinRate - expected), "difference of the win rate"),
                Verdict.AtMost(1e-12, Math.Abs(1 - exchanged.WinRate - expected), "difference after the models were exchanged"),
                Verdict.Equal(signs.Count(sign => sign > 0), actual.Wins, "questions won"),
                Verdict.Equal(signs.Count(sign => sign == 0), actual.Ties, "ties"),
                Verdict.Equal(answered.Length, actual.Questions, "questions"),
                Verdict.AtMost(
                    1e-12, Math.Abs(actual.After - answered.Average(question => question.After.Average() / 100)),
                    "difference of the mean reward"));
        },
        Impostors = new()
        {
            ["ties are wins"] = (_, _) => Real(result =>
                result with { WinRate = (double)(result.Wins + result.Ties) / result.Questions }),
            ["ties are losses"] = (_, _) => Real(result => result with { WinRate = (double)result.Wins / result.Questions }),
            ["ties are skipped"] = (_, _) => Real(result =>
                result with { WinRate = (double)result.Wins / (result.Questions - result.Ties) }),
            ["the first model wins"] = (_, _) => Real(result => result with { WinRate = 1 - result.WinRate }),
            ["only the best answers are compared"] = (_, _) => (before, after) =>
                RewardComparison.Create(KeepBest(before), KeepBest(after), new Bootstrap(0)),
            ["questions without answers are lost"] = (_, _) => (before, after) =>
            {
                var result = RewardComparison.Create(before, after, new Bootstrap(0));
                return result with
                {
                    Questions = before.Count, WinRate = result.WinRate * result.Questions / before.Count,
                };
            },
            ["every answer weighs the same"] = (_, _) => (before, after) =>
                RewardComparison.Create(before, after, new Bootstrap(0)) with
                {
                    After = after.SelectMany(question => question.Answers).Average(answer => answer.Reward),
                },
        },
    };

    public static IReadOnlyList<Requirement> All => [SEL_01_Pairs, SEL_02_Best, SEL_03_WinRate];

    private static Func<IReadOnlyList<SampledQuestion>, IReadOnlyList<SampledQuestion>, RewardComparison> Real(
        Func<RewardComparison, RewardComparison> change) =>
        (before, after) => change(RewardComparison.Create(before, after, new Bootstrap(0)));

    private static IReadOnlyList<SampledQuestion> KeepBest(IReadOnlyList<SampledQuestion> questions) =>
    [
        .. questions.Select(question => question with
        {
            Answers = AnswerSelection.FindBest(question) is { } best ? [best] : question.Answers,
        }),
    ];

    private static SampledQuestion Complete(SampledQuestion question) => question with
    {
        Answers = [.. question.Answers.Select(answer => answer with { EndsByItself = true })],
    };

    private static FindPair Numbers(Func<SampledQuestion, double, SampledPair?> find) => (question, margin) =>
        find(question, margin) is { } pair ? (Number(question, pair.Chosen), Number(question, pair.Rejected)) : null;

    private static FindBest Numbers(Func<SampledQuestion, double, SampledAnswer?> find) => (question, least) =>
        find(question, least) is { } best ? Number(question, best) : null;

    private static int Number(SampledQuestion question, SampledAnswer answer) =>
        question.Answers.Index().First(other => other.Item.Text == answer.Text).Index;

    private static (int, int)? Exhaustive(SelectionCase c, int least)
    {
        (int, int)? found = null;
        var largest = 0;
        for (var i = 0; i < c.Rewards.Count; i++)
            for (var j = 0; j < c.Rewards.Count; j++)
                if (c.Rewards[i] >= 0 && c.Rewards[j] >= 0 && c.Rewards[i] - c.Rewards[j] > largest)
                    (largest, found) = (c.Rewards[i] - c.Rewards[j], (i, j));
        return largest >= least ? found : null;
    }
}
