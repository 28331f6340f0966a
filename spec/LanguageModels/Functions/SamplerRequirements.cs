using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceSampler;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of drawn tokens: GEN-05, GEN-06, GEN-08, GEN-19, GEN-20.</summary>
public static partial class SamplerRequirements
{
    private const int DrawCount = 40_000;

    /// <summary>GEN-05.</summary>
    public static Requirement<SamplerCase, SampleTokens> TopP { get; } = new()
    {
        Id = "GEN-05",
        Statement = "Top-p keeps the most likely tokens up to and including the one that reaches the sum.",
        Source = "Holtzman et al. 2020, arXiv:1904.09751, section 3.1; BUG-GEN-05",
        CanonicalCases = [new(1, 0, 0.6, 0, 4 / 7.0, 0, 3 / 7.0), new(1, 0, 0.85, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0)],
        Subject = (_, _) => Sample,
        Holds = CheckFrequencies,
        Impostors = new()
        {
            ["drops the token that reaches the sum"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { TopP = options.TopP - 0.25 }, count),
            ["keeps one token more"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { TopP = Math.Min(1, options.TopP + 0.3) }, count),
            ["is not applied"] = (_, _) => (logits, options, count) => Sample(logits, options with { TopP = 1 }, count),
            ["probabilities are not renormalized"] = (_, _) => (logits, options, count) =>
                [
                    .. Sample(logits, options with { TopP = 1 }, count)
                        .Select(id => id is 0 || (id is 2 && options.TopP < 0.7) ? 1 : id),
                ],
        },
    };

    /// <summary>GEN-06.</summary>
    public static Requirement<SamplerCase, SampleTokens> AllOfIt { get; } = new()
    {
        Id = "GEN-06",
        Statement = "With top-p 1 and top-k 0 every token is sampled with its own probability.",
        Source = "BUG-GEN-06: ChatRWKV PR #170",
        CanonicalCases =
        [
            new(1, 0, 1, 0.1, 0.4, 0.2, 0.3), new(2, 0, 1, 0.16270, 0.32540, 0.23009, 0.28181),
            new(0.5, 0, 1, 1 / 30.0, 16 / 30.0, 4 / 30.0, 9 / 30.0),
            new(0.2, 0, 1, 1 / 1300.0, 1024 / 1300.0, 32 / 1300.0, 243 / 1300.0),
        ],
        Subject = (_, _) => Sample,
        Holds = CheckFrequencies,
        Impostors = new()
        {
            ["top-p 1 is greedy"] = (_, _) => (logits, options, count) => Sample(logits, options with { Temperature = 0 }, count),
            ["top-k 0 is top-k 1"] = (_, _) => (logits, options, count) => Sample(logits, options with { TopK = 1 }, count),
            ["every token is equally likely"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { Temperature = 1e6 }, count),
            ["every draw restarts the random stream"] = (_, _) => (logits, options, count) =>
                [.. Enumerable.Range(0, count).Select(_ => Sample(logits, options, 1)[0])],
        },
    };

    /// <summary>GEN-08.</summary>
    public static Requirement<SamplerCase, SampleTokens> Order { get; } = new()
    {
        Id = "GEN-08",
        Statement = "Temperature is applied first, then top-k, then top-p to the remaining tokens.",
        Source = "BUG-GEN-08: openai/gpt-2 #187",
        CanonicalCases = [new(2, 0, 0.65, 0, 0.38861, 0.27479, 0.33660), new(0.5, 3, 0.8, 0, 0.64, 0, 0.36)],
        Subject = (_, _) => Sample,
        Holds = CheckFrequencies,
        Impostors = new()
        {
            ["the temperature multiplies"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { Temperature = 1 / options.Temperature }, count),
            ["no temperature"] = (_, _) => (logits, options, count) => Sample(logits, options with { Temperature = 1 }, count),
            ["the temperature is applied last"] = (_, _) => (logits, options, count) =>
            {
                var kept = MaskOthers(
                    Distribute(logits, options with { Temperature = 1 }, []), logits);
                return Sample(kept, options with { TopK = 0, TopP = 1 }, count);
            },
        },
    };

    /// <summary>Returns all of them for a sampler.</summary>
    /// <param name="draw">The sampler.</param>
    public static IReadOnlyList<Requirement> Create(SampleTokens draw) =>
    [
        TopP.For((_, _) => draw), AllOfIt.For((_, _) => draw), Order.For((_, _) => draw), Memory.For((_, _) => draw),
        Temperatures.For((_, _) => draw),
    ];

    // A count of n draws has a standard deviation of √(np(1−p)): six of them are allowed, and none if p is 0 or 1.
    private static Verdict CheckFrequencies(IReadOnlyList<int> ids, IReadOnlyList<double> probabilities) =>
        Verdict.All(probabilities.Select((p, id) => Verdict.AtMost(
            6 * Math.Sqrt(DrawCount * p * (1 - p)) + 1e-9,
            Math.Abs(ids.Count(i => i == id) - p * DrawCount),
            $"draws of token {id}, off by")));

    private static Verdict CheckFrequencies(SampleTokens draw, SamplerCase c, Conditions at) =>
        CheckFrequencies(draw(SamplerCase.Logits, c.Options(at), DrawCount), c.ExpectedProbabilities);
}
