using TurkishLlm.Inference.Generation;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Model;

/// <summary>Computes the probability of every token after the tokens chosen so far.</summary>
public delegate double[] ComputeProbabilities(float[] logits, SamplingOptions options, IReadOnlyList<int> chosen);

/// <summary>Samples <paramref name="count"/> tokens, one after the other, from the same logits.</summary>
public delegate IReadOnlyList<int> SampleTokens(float[] logits, SamplingOptions options, int count);

/// <summary>A distribution over four tokens, with probabilities 0.1, 0.4, 0.2 and 0.3, and sampling options.</summary>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">1 for all.</param>
/// <param name="ExpectedProbabilities">Expected probability of each token, computed by hand.</param>
public sealed record SamplerCase(double Temperature, int TopK, double TopP, params IReadOnlyList<double> ExpectedProbabilities)
{
    internal static float[] Logits { get; } =
    [MathF.Log(0.1f) + 3, MathF.Log(0.4f) + 3, MathF.Log(0.2f) + 3, MathF.Log(0.3f) + 3];

    internal SamplingOptions Options(Conditions at) =>
        new()
        {
            Temperature = Temperature,
            TopK = TopK,
            TopP = TopP,
            Seed = at.Seed,
        };

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"temperature {Temperature}, top-k {TopK}, top-p {TopP}");
}

/// <summary>Logits, sampling options, and the tokens chosen so far.</summary>
/// <param name="Vocabulary">Number of logits.</param>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">1 for all.</param>
/// <param name="Penalty">1 for none.</param>
/// <param name="Chosen">Tokens that were chosen before, in order; some more than once.</param>
public sealed record DistributionCase(
    int Vocabulary, double Temperature, int TopK, double TopP, double Penalty, params IReadOnlyList<int> Chosen)
{
    /// <summary>Given logits; random if null.</summary>
    public IReadOnlyList<float>? GivenLogits { get; init; }

    internal SamplingOptions Options =>
        new()
        {
            Temperature = Temperature,
            TopK = TopK,
            TopP = TopP,
            RepetitionPenalty = Penalty,
        };

    internal float[] Logits(Conditions at) =>
        GivenLogits is null
            ? [.. at.Normal(95 + Vocabulary, 2.5, Vocabulary).Doubles().Select(logit => (float)logit)]
            : [.. GivenLogits];

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Vocabulary} tokens, temperature {Temperature}, top-k {TopK}, top-p {TopP}, ")
        + FormattableString.Invariant($"penalty {Penalty} after {string.Join(' ', Chosen)}");
}

/// <summary>Constant logits for successive choices; without a penalty, always the same token would be chosen.</summary>
/// <param name="Temperature">0 for greedy choice; otherwise sampling with top-k 1.</param>
/// <param name="Penalty">Repetition penalty.</param>
/// <param name="Logits">A logit per token.</param>
public sealed record RepetitionPenaltyCase(double Temperature, double Penalty, params IReadOnlyList<float> Logits)
{
    internal SamplingOptions Options => new() { Temperature = Temperature, TopK = 1, RepetitionPenalty = Penalty };

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"temperature {Temperature}, penalty {Penalty} on {string.Join(' ', Logits)}");
}

/// <summary>
/// Logits that are multiplied by the temperature, so that every temperature gives the same distribution, and options after it.
/// </summary>
/// <param name="Temperature">Multiplies the logits of <see cref="SamplerCase"/>, and divides them again when sampling.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">1 for all.</param>
/// <param name="ExpectedProbabilities">Expected probability of each token, computed by hand.</param>
public sealed record TemperatureCase(
    double Temperature, int TopK, double TopP, params IReadOnlyList<double> ExpectedProbabilities)
{
    internal float[] Logits => [.. SamplerCase.Logits.Select(logit => (float)(logit * Temperature))];

    internal SamplingOptions Options(Conditions at) => new SamplerCase(Temperature, TopK, TopP).Options(at);

    /// <inheritdoc/>
    public override string ToString() => new SamplerCase(Temperature, TopK, TopP).ToString();
}

/// <summary>Choosing the next token: GEN-04, GEN-05, GEN-06, GEN-08, GEN-09, GEN-18, GEN-19, GEN-20.</summary>
public static class SamplerSpec
{
    private const int DrawCount = 40_000;

    public static readonly Requirement<SamplerCase, SampleTokens> GEN_05_TopP = new()
    {
        Id = "GEN-05",
        Statement = "Top-p keeps the most likely tokens up to and including the one that reaches the sum.",
        Source = "Holtzman et al. 2020, arXiv:1904.09751, section 3.1; BUG-GEN-05",
        CanonicalCases = [new(1, 0, 0.6, 0, 4 / 7.0, 0, 3 / 7.0), new(1, 0, 0.85, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0)],
        Subject = (_, _) => Real,
        Holds = CheckFrequencies,
        Impostors = new()
        {
            ["drops the token that reaches the sum"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { TopP = options.TopP - 0.25 }, count),
            ["keeps one token more"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { TopP = Math.Min(1, options.TopP + 0.3) }, count),
            ["is not applied"] = (_, _) => (logits, options, count) => Real(logits, options with { TopP = 1 }, count),
            ["probabilities are not renormalized"] = (_, _) => (logits, options, count) =>
                [
                    .. Real(logits, options with { TopP = 1 }, count)
                        .Select(id => id is 0 || (id is 2 && options.TopP < 0.7) ? 1 : id),
                ],
        },
    };

    public static readonly Requirement<SamplerCase, SampleTokens> GEN_06_AllOfIt = new()
    {
        Id = "GEN-06",
        Statement = "With top-p 1 and top-k 0 every token is sampled with its own probability.",
        Source = "BUG-GEN-06: ChatRWKV PR #170",
        CanonicalCases =
        [
            new(1, 0, 1, 0.1, 0.4, 0.2, 0.3), new(2, 0, 1, 0.16270, 0.32540, 0.23009, 0.28181),
            new(0.5, 0, 1, 1 / 30.0, 16 / 30.0, 4 / 30.0, 9 / 30.0),
            new(0.1, 0, 1, 9.02e-7, 0.9458134, 9.236e-4, 0.0532621),
        ],
        Subject = (_, _) => Real,
        Holds = CheckFrequencies,
        Impostors = new()
        {
            ["top-p 1 is greedy"] = (_, _) => (logits, options, count) => Real(logits, options with { Temperature = 0 }, count),
            ["top-k 0 is top-k 1"] = (_, _) => (logits, options, count) => Real(logits, options with { TopK = 1 }, count),
            ["every token is equally likely"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { Temperature = 1e6 }, count),
            ["every draw restarts the random stream"] = (_, _) => (logits, options, count) =>
                [.. Enumerable.Range(0, count).Select(_ => new TokenSampler(options).Sample(logits))],
        },
    };

    public static readonly Requirement<SamplerCase, SampleTokens> GEN_08_Order = new()
    {
        Id = "GEN-08",
        Statement = "Temperature is applied first, then top-k, then top-p to the remaining tokens.",
        Source = "BUG-GEN-08: openai/gpt-2 #187",
        CanonicalCases = [new(2, 0, 0.65, 0, 0.38861, 0.27479, 0.33660), new(0.5, 3, 0.8, 0, 0.64, 0, 0.36)],
        Subject = (_, _) => Real,
        Holds = CheckFrequencies,
        Impostors = new()
        {
            ["the temperature multiplies"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { Temperature = 1 / options.Temperature }, count),
            ["no temperature"] = (_, _) => (logits, options, count) => Real(logits, options with { Temperature = 1 }, count),
            ["the temperature is applied last"] = (_, _) => (logits, options, count) =>
            {
                var (ids, _) = TokenSampler.GetDistribution(logits, options with { Temperature = 1 });
                var kept = logits.Select((logit, id) => ids.Contains(id) ? logit : -1e9f).ToArray();
                return Real(kept, options with { TopK = 0, TopP = 1 }, count);
            },
        },
    };

    public static readonly Requirement<DistributionCase, ComputeProbabilities> GEN_04_Penalty = new()
    {
        Id = "GEN-04",
        Statement = "A repetition penalty divides positive logits and multiplies negative ones, for tokens chosen before, once "
            + "however often they were chosen, and for no others.",
        Source = "BUG-GEN-04: huggingface/transformers #2302, PR #2303; NVIDIA-NeMo/Speech #8194; TOL-SAMPLER",
        CanonicalCases =
        [
            new(4, 1, 0, 1, 2, 1, 0, 1) { GivenLogits = [2, -2, 1, 0.5f] },      // 2 becomes 1 and −2 becomes −4
            new(5, 1, 0, 1, 1.25, 4, 2, 2) { GivenLogits = [0.25f, 3, -1.5f, -0.5f, 2.5f] },
        ],
        Subject = (_, _) => Real,
        Holds = (distribute, c, at) =>
        {
            var logits = c.Logits(at);
            double[] changed =
            [
                .. logits.Select(
                    (logit, id) =>
                        !c.Chosen.Contains(id) ? logit
                        : logit > 0 ? logit / c.Penalty
                        : logit * c.Penalty),
            ];
            return Verdict.AtMost(
                Tolerance.Sampler(logits.Max(Math.Abs)), distribute(logits, c.Options, c.Chosen)
                    .LargestDifference([.. changed.Select(own => 1 / changed.Sum(other => Math.Exp(other - own)))]),
                "difference of a probability");
        },
        Impostors = new()
        {
            ["divides logits of either sign, which favors unlikely tokens"] = (_, _) =>
                (logits, options, chosen) =>
                    WithChangedLogits(logits, options, (logit, id) =>
                        chosen.Contains(id) ? logit / options.RepetitionPenalty : logit),
            ["once per occurrence"] = (_, _) =>
                (logits, options, chosen) =>
                    WithChangedLogits(logits, options, (logit, id) =>
                        logit
                        * Math.Pow(
                            logit > 0 ? 1 / options.RepetitionPenalty : options.RepetitionPenalty,
                            chosen.Count(c => c == id))),
            ["applies to all tokens"] = (_, _) =>
                (logits, options, _) =>
                    WithChangedLogits(logits, options, (logit, _) =>
                        logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty),
            ["applies to the last token only"] = (_, _) => (logits, options, chosen) => Real(logits, options, [chosen[^1]]),
            ["raises the logits"] = (_, _) => (logits, options, chosen) =>
                Real(logits, options with { RepetitionPenalty = 1 / options.RepetitionPenalty }, chosen),
            ["is ignored"] = (_, _) => (logits, options, _) => Real(logits, options, []),
        },
    };

    public static readonly Requirement<DistributionCase, ComputeProbabilities> GEN_09_EveryOption = new()
    {
        Id = "GEN-09",
        Statement = "With all options at once every token has the probability that follows from their definitions: penalty, "
            + "temperature, top-k, top-p, in this order.",
        Source = "BUG-GEN-05, BUG-GEN-06, BUG-GEN-08: openai/gpt-2 #187; TOL-SAMPLER",
        CanonicalCases =
        [
            // Far from ties and from the edge of top-p, and such that every option and their order matter; property tests use
            // random cases.
            new(8, 1.6, 4, 0.7, 1.7, 0, 2, 5, 6) { GivenLogits = [3.75f, 2.5f, -0.5f, 3.5f, -0.25f, 3.25f, 2, 2.25f] },
            new(9, 0.6, 4, 0.8, 1.4, 1, 3, 4, 7) { GivenLogits = [0.625f, 1.5f, 1.125f, 1.25f, 0, 0.75f, -1, 1.375f, 1.625f] },
        ],
        Subject = (_, _) => Real,
        Holds = (distribute, c, at) =>
        {
            var logits = c.Logits(at);
            var expected = SamplerOracle.Probabilities(logits, c.Temperature, c.TopK, c.TopP, c.Penalty, c.Chosen);
            var probabilities = distribute(logits, c.Options, c.Chosen);
            return Verdict.All(
                Verdict.AtMost(
                    Tolerance.Sampler(logits.Max(Math.Abs) / c.Temperature), probabilities.LargestDifference(expected),
                    "difference of a probability"),
                Verdict.SameElements(
                    [.. expected.Select(p => p > 0)],
                    [.. probabilities.Select(p => p > 0)],
                    "token that can be sampled"));
        },
        Impostors = new()
        {
            ["the penalty is applied after top-k"] = (_, _) =>
                (logits, options, chosen) =>
                    Real(
                        MaskOthers(Real(logits, options with { TopP = 1, RepetitionPenalty = 1 }, []), logits),
                        options with
                        {
                            TopK = 0,
                        },
                        chosen),
            ["top-p is computed over all tokens, not over those of top-k"] = (_, _) => (logits, options, chosen) =>
                Real(MaskOthers(Real(logits, options with { TopK = 0 }, chosen), logits), options with { TopP = 1 }, chosen),
            ["no temperature"] = (_, _) => (logits, options, chosen) => Real(logits, options with { Temperature = 1 }, chosen),
            ["top-k keeps one token more"] = (_, _) => (logits, options, chosen) =>
                Real(logits, options with { TopK = options.TopK + 1, TopP = 1 }, chosen),
            ["top-p is ignored"] = (_, _) => (logits, options, chosen) => Real(logits, options with { TopP = 1 }, chosen),
            ["probabilities are not renormalized"] = (_, _) => (logits, options, chosen) =>
                [
                    .. Real(logits, options, chosen)
                        .Zip(Real(logits, options with { TopP = 1 }, chosen), (kept, all) => kept > 0 ? all : 0),
                ],
        },
    };

    public static readonly Requirement<DistributionCase, ComputeProbabilities> GEN_18_FarFromZero = new()
    {
        Id = "GEN-18",
        Statement = "Logits a thousand above or below zero give the probabilities of their differences.",
        Source = "BUG-NUM-10: exponentials without subtracting the maximum overflow, and the last token is sampled indefinitely; "
            + "TOL-SAMPLER",
        CanonicalCases =
        [
            new(4, 1, 0, 1, 1) { GivenLogits = [1000.625f, 998.5f, 1001.25f, 999.75f] },
            new(5, 0.75, 0, 0.95, 1) { GivenLogits = [-1001.5f, -1000.25f, -1002.125f, -999.875f, -1001] },
            new(4, 1.25, 3, 1, 1) { GivenLogits = [1400.25f, 1402, -900.5f, 1401.125f] },
        ],
        Subject = (_, _) => Real,
        Holds = (distribute, c, at) =>
        {
            var logits = c.Logits(at);
            var expected = SamplerOracle.Probabilities(logits, c.Temperature, c.TopK, c.TopP, c.Penalty, c.Chosen);
            return Verdict.AtMost(
                Tolerance.Sampler(logits.Max(Math.Abs) / c.Temperature),
                distribute(logits, c.Options, c.Chosen).LargestDifference(expected), "difference of a probability");
        },
        Impostors = new()
        {
            ["exponentials without subtracting the maximum"] = (_, _) => (logits, options, _) =>
                [
                    .. logits.Select(own =>
                        Math.Exp(own / options.Temperature) / logits.Sum(other => Math.Exp(other / options.Temperature))),
                ],
            ["logits are capped at 30"] = (_, _) => (logits, options, chosen) =>
                Real([.. logits.Select(logit => Math.Clamp(logit, -30, 30))], options, chosen),
            ["logits are rounded to half precision"] = (_, _) => (logits, options, chosen) =>
                Real([.. logits.Select(logit => (float)(Half)logit)], options, chosen),
        },
    };

    public static readonly Requirement<RepetitionPenaltyCase, SampleTokens> GEN_19_Memory = new()
    {
        Id = "GEN-19",
        Statement = "A sampler penalizes every token that it has chosen itself, greedily or by sampling, once each.",
        Source = "BUG-GEN-04: a penalty that is applied in one sampling mode only, or to the last token only",
        CanonicalCases = [new(0, 2, 3, 2.875f, 2.5f, -1), new(1, 2, 3, 2.875f, 2.5f, -1), new(0.5, 1.5f, -1, -0.75f, -1.25f, -9)],
        Subject = (_, _) => Real,
        Holds = (choose, c, _) =>
            Verdict.SameElements(
                ChooseGreedily(c, (chosen, id) => chosen.Contains(id) ? 1 : 0),
                choose([.. c.Logits], c.Options, TokenCount), "token"),
        Impostors = new()
        {
            ["no token is remembered"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { RepetitionPenalty = 1 }, count),
            ["only the last token is remembered"] = (c, _) => (_, _, _) =>
                ChooseGreedily(c, (chosen, id) => chosen.Count > 0 && chosen[^1] == id ? 1 : 0),
            ["each token is penalized once per occurrence"] = (c, _) => (_, _, _) =>
                ChooseGreedily(c, (chosen, id) => chosen.Count(other => other == id)),
            ["only the first token is remembered"] = (c, _) => (_, _, _) =>
                ChooseGreedily(c, (chosen, id) => chosen.Count > 0 && chosen[0] == id ? 1 : 0),
        },
    };

    public static readonly Requirement<TemperatureCase, SampleTokens> GEN_20_Temperatures = new()
    {
        Id = "GEN-20",
        Statement = "At temperatures from 0.01 to 20, logits that are multiplied by the temperature give every token its share "
            + "of the draws, alone and with top-k and top-p.",
        Source = "BUG-GEN-13: a low temperature that counts as greedy; Ackley et al. 1985, equation 1",
        CanonicalCases =
        [
            new(0.01, 0, 1, 0.1, 0.4, 0.2, 0.3), new(0.05, 3, 1, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0),
            new(0.1, 0, 0.6, 0, 4 / 7.0, 0, 3 / 7.0), new(0.19, 2, 1, 0, 4 / 7.0, 0, 3 / 7.0),
            new(0.3, 0, 1, 0.1, 0.4, 0.2, 0.3),
            new(0.7, 0, 0.85, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0), new(1.4, 3, 0.85, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0),
            new(2, 0, 1, 0.1, 0.4, 0.2, 0.3), new(20, 0, 1, 0.1, 0.4, 0.2, 0.3),
        ],
        Subject = (_, _) => Real,
        Holds = (draw, c, at) => CheckFrequencies(draw(c.Logits, c.Options(at), DrawCount), c.ExpectedProbabilities),
        Impostors = new()
        {
            ["greedy at this temperature"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { Temperature = 0 }, count),
            ["no temperature"] = (_, _) => (logits, options, count) => Real(logits, options with { Temperature = 1 }, count),
            ["the temperature multiplies"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { Temperature = 1 / options.Temperature }, count),
            ["limited from below, to twice this temperature"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { Temperature = 2 * options.Temperature }, count),
            ["limited from above, to half this temperature"] = (_, _) => (logits, options, count) =>
                Real(logits, options with { Temperature = options.Temperature / 2 }, count),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [
            GEN_04_Penalty, GEN_05_TopP, GEN_06_AllOfIt, GEN_08_Order, GEN_09_EveryOption, GEN_18_FarFromZero, GEN_19_Memory,
            GEN_20_Temperatures,
        ];

    private static double[] Real(float[] logits, SamplingOptions options, IReadOnlyList<int> chosen)
    {
        var (ids, probabilities) = TokenSampler.GetDistribution(logits, options, [.. chosen.Distinct()]);
        var all = new double[logits.Length];
        for (var i = 0; i < ids.Length; i++) all[ids[i]] = probabilities[i];
        return all;
    }

    private static double[] WithChangedLogits(float[] logits, SamplingOptions options, Func<float, int, double> change) =>
        Real([.. logits.Select((logit, id) => (float)change(logit, id))], options with { RepetitionPenalty = 1 }, []);

    private const int TokenCount = 9;

    // Chooses the most likely token repeatedly, with a given number of penalties for each.
    private static int[] ChooseGreedily(RepetitionPenaltyCase c, Func<IReadOnlyList<int>, int, int> times)
    {
        var chosen = new List<int>();
        while (chosen.Count < TokenCount)
            chosen.Add(
                c.Logits.Select(
                        (logit, id) => (Score: logit * Math.Pow(logit > 0 ? 1 / c.Penalty : c.Penalty, times(chosen, id)), Id: id)
                    )
                    .MaxBy(token => token.Score)
                    .Id);
        return [.. chosen];
    }

    private static float[] MaskOthers(double[] kept, float[] logits) =>
        [.. logits.Select((logit, id) => kept[id] > 0 ? logit : -1e9f)];

    private static IReadOnlyList<int> Real(float[] logits, SamplingOptions options, int count)
    {
        var sampler = new TokenSampler(options);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Sample(logits))];
    }

    // A count of n draws has a standard deviation of √(np(1−p)): six of them are allowed, and none if p is 0 or 1.
    private static Verdict CheckFrequencies(IReadOnlyList<int> ids, IReadOnlyList<double> probabilities) =>
        Verdict.All(probabilities.Select((p, id) => Verdict.AtMost(
            6 * Math.Sqrt(DrawCount * p * (1 - p)) + 1e-9,
            Math.Abs(ids.Count(i => i == id) - p * DrawCount),
            $"draws of token {id}, off by")));

    private static Verdict CheckFrequencies(SampleTokens draw, SamplerCase c, Conditions at) =>
        CheckFrequencies(draw(SamplerCase.Logits, c.Options(at), DrawCount), c.ExpectedProbabilities);
}
