using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>Scores an answer by a reward.</summary>
public delegate double JudgeAnswer(string reward, AnsweredQuestion sample);

/// <summary>Combines the scores of several rewards.</summary>
public delegate double WeighScores(IReadOnlyList<WeightedReward> parts, AnsweredQuestion sample);

/// <summary>An answer with the scores that it deserves, written by hand.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Reference">The reference answer.</param>
/// <param name="Passages">The passages of the question.</param>
/// <param name="Scores">Names of rewards and the right scores.</param>
public sealed record RewardCase(
    string Answer, string Reference, IReadOnlyList<string> Passages, params IReadOnlyList<(string Reward, double Score)> Scores)
{
    internal AnsweredQuestion Sample => new(
        new Conversation(ChatMessage.User("Kablo nerede?", Passages)), Reference, Answer, Tokens: 9, EndsByItself: true);

    /// <inheritdoc/>
    public override string ToString() => $"\"{Answer}\" for \"{Reference}\"";
}

/// <summary>Answers with their scores: together they distinguish the right rules from every wrong one.</summary>
/// <param name="Answers">The answers.</param>
public sealed record RewardTable(params IReadOnlyList<RewardCase> Answers)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Answers.Count} answers");
}

/// <summary>Scores of the rewards of an answer.</summary>
/// <param name="Parts">Weight and score of each.</param>
public sealed record WeightedCase(params IReadOnlyList<(double Weight, double Score)> Parts)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(", ", Parts.Select(part => FormattableString.Invariant($"{part.Score} × {part.Weight}")));
}

/// <summary>Verifiable rewards: RWD-01, RWD-02.</summary>
public static class RewardSpec
{
    private static readonly IReward[] Rewards =
    [
        new ExactMatchReward(), new FinalNumberReward(), new WordF1Reward(), new FieldsReward(), new GroundednessReward(),
        new JsonReward(), new EndsReward(), new PatternReward(@"\d+ kilo"), new LengthReward(2, 4),
    ];

    private static RewardCase[] Table { get; } =
    [
        new("IĞDIR'da!", "ığdır", [], ("exact_match", 1), ("word_f1", 1), ("length", 0.5), ("json_object", 0)),
        new("Isparta", "isparta", [], ("exact_match", 0), ("word_f1", 0)),
        new("İzmir, Van", "van izmir", [], ("exact_match", 0), ("word_f1", 1), ("length", 1)),
        new("Toplam 1.234,5 kg", "1234,50", [], ("final_number", 1), ("exact_match", 0), ("word_f1", 0)),
        new("1.234 parça", "1,234", [], ("final_number", 0)),
        new("12, sonra 7", "7 ya da 12", [], ("final_number", 0)),
        new("Bilmiyorum", "Bilmiyorum", [], ("final_number", 0), ("groundedness", 0)),
        new(
            "Depo Gebze, 340 kilo", "Gebze", ["NYY depo: Gebze", "350 kilo"], ("groundedness", 0.75), ("length", 1)),
        new("Kablo nerede?", "Gebze", ["Kablo Gebze deposunda."], ("groundedness", 0), ("exact_match", 0)),
        new("Gebze [1]", "GEBZE", ["[1] Gebze deposu"], ("exact_match", 1), ("groundedness", 1)),
        new("""{"kilo": 850}""", """{"ürün": "NYY", "kilo": "850"}""", [], ("json_object", 1), ("fields", 2.0 / 3)),
        new("850 kilo", "850 kilo.", [], ("pattern", 1), ("exact_match", 1), ("ends", 1)),
        new("Tam 850 kilo", "850", [], ("pattern", 0), ("final_number", 1), ("length", 1), ("exact_match", 0)),
        new("bir iki üç dört beş", "beş", [], ("length", 0.8), ("word_f1", 1.0 / 3)),
    ];

    public static readonly Requirement<RewardTable, JudgeAnswer> RWD_01_Scores = new()
    {
        Id = "RWD-01",
        Statement = "Every reward has the score that was worked out by hand, by Turkish rules for letters and numbers, in every "
            + "culture.",
        Source = "BUG-EVL-08; Cobbe et al. 2021, arXiv:2110.14168 (final numbers); Rajpurkar et al. 2016 (words)",
        CanonicalCases = [new(Table)],
        Subject = (_, _) => (reward, sample) => Find(reward).Score(sample),
        Holds = (score, c, _) => Verdict.All(
            from culture in Cultures.TestCultures()
            from answer in c.Answers
            from expected in answer.Scores
            select Verdict.AtMost(
                1e-12, Math.Abs(Cultures.RunWith(culture, () => score(expected.Reward, answer.Sample)) - expected.Score),
                $"{expected.Reward} of {answer} under {culture.Name}, |Δ|")),
        Impostors = new()
        {
            ["letters of English"] = (_, _) => Changed(sample => sample with
            {
                Answer = sample.Answer.ToLowerInvariant(), Reference = sample.Reference!.ToLowerInvariant(),
            }),
            ["case counts"] = (_, _) => Replaced("exact_match", sample => sample.Answer == sample.Reference ? 1 : 0),
            ["a part is a match"] = (_, _) => Replaced(
                "exact_match", sample => ComparableWords.Create(sample.Answer).Contains(
                    ComparableWords.Create(sample.Reference!), StringComparison.Ordinal) ? 1 : 0),
            ["the order of words does not count"] = (_, _) => Replaced(
                "exact_match", sample => Find("word_f1").Score(sample) == 1 ? 1 : 0),
            ["points are decimals"] = (_, _) => Changed(sample => sample with
            {
                Answer = sample.Answer.Replace(",", "", StringComparison.Ordinal),
            }),
            ["the first number"] = (_, _) => Replaced("final_number", sample => Find("final_number").Score(sample with
            {
                Answer = string.Join(' ', sample.Answer.Split(' ').Reverse()),
            })),
            ["no number equals no number"] = (_, _) => Replaced("final_number", sample =>
                sample.Answer == sample.Reference ? 1 : Find("final_number").Score(sample)),
            ["to say nothing new is grounded"] = (_, _) => Replaced("groundedness", sample =>
                Find("groundedness").Score(sample) is > 0 and var share ? share : 1),
            ["words of the question are grounded"] = (_, _) => Replaced("groundedness", sample =>
                Find("groundedness").Score(sample with
                {
                    Prompt = new(ChatMessage.User("?", [.. sample.Passages, sample.Question])),
                })),
            ["any text with braces is JSON"] = (_, _) => Replaced("fields", sample =>
                sample.Answer.Contains('{', StringComparison.Ordinal) ? 1 : 0),
            ["a pattern matches a part"] = (_, _) => Replaced("pattern", sample =>
                sample.Answer.EndsWith("850 kilo", StringComparison.Ordinal) ? 1 : 0),
            ["length is counted in tokens"] = (_, _) => Replaced("length", sample =>
                new LengthReward(2, 4, LengthUnit.Tokens).Score(sample)),
            ["outside the band is 0"] = (_, _) => Replaced("length", sample =>
                Math.Floor(Find("length").Score(sample))),
        },
    };

    public static readonly Requirement<WeightedCase, WeighScores> RWD_02_Weights =
        new()
        {
            Id = "RWD-02",
            Statement = "The reward of an answer is the mean of its scores by their weights, between the lowest and the highest.",
            Source = "BUG-EVL-09",
            CanonicalCases = [new((1, 0.25), (0.5, 1)), new((3, 0.9), (0.1, 0.2), (2, 0.4)), new((0.7, 1), (0.2, 0), (5, 0.35))],
            Subject = (_, _) => (parts, sample) => new WeightedRewards(parts).Score(sample),
            Holds = (score, c, _) =>
            {
                var parts = c.Parts.Select((part, i) => new WeightedReward(new FixedReward($"part{i}", part.Score), part.Weight));
                var (sum, weights) = (0.0, 0.0);
                foreach (var (weight, value) in c.Parts) (sum, weights) = (sum + weight * value, weights + weight);
                return Verdict.AtMost(
                    1e-12, Math.Abs(score([.. parts], Table[0].Sample) - sum / weights), "reward, |Δ|");
            },
            Impostors = new()
            {
                ["the sum"] = (_, _) => (parts, sample) => parts.Sum(part => part.Weight * part.Reward.Score(sample)),
                ["all weights are equal"] = (_, _) => (parts, sample) => parts.Average(part => part.Reward.Score(sample)),
                ["divided by the number of rewards"] = (_, _) => (parts, sample) =>
                    parts.Average(part => part.Weight * part.Reward.Score(sample)),
                ["the highest score"] = (_, _) => (parts, sample) => parts.Max(part => part.Reward.Score(sample)),
                ["weights of the reward before"] = (_, _) => (parts, sample) => new WeightedRewards(
                    parts.Select((part, i) => part with { Weight = parts[(i + 1) % parts.Count].Weight })).Score(sample),
            },
        };

    public static IReadOnlyList<Requirement> All => [RWD_01_Scores, RWD_02_Weights];

    private static IReward Find(string name) => Rewards.Single(reward => reward.Name == name);

    private static JudgeAnswer Changed(Func<AnsweredQuestion, AnsweredQuestion> change) =>
        (reward, sample) => Find(reward).Score(change(sample));

    private static JudgeAnswer Replaced(string name, Func<AnsweredQuestion, double> score) =>
        (reward, sample) => reward == name ? score(sample) : Find(reward).Score(sample);

    private sealed class FixedReward(string name, double score) : IReward
    {
        public string Name => name;

        public double Score(AnsweredQuestion sample) => score;
    }
}
