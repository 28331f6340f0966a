using TurkishLlm.Specification.LanguageModels.Oracles;
using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceSampler;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of the probabilities of the next token: GEN-04, GEN-09, GEN-18.</summary>
public static class DistributionRequirements
{
    /// <summary>GEN-04.</summary>
    public static Requirement<DistributionCase, ComputeProbabilities> Penalty { get; } = new()
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
        Subject = (_, _) => Distribute,
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
            ["applies to the last token only"] = (_, _) => (logits, options, chosen) => Distribute(logits, options, [chosen[^1]]),
            ["raises the logits"] = (_, _) => (logits, options, chosen) =>
                Distribute(logits, options with { RepetitionPenalty = 1 / options.RepetitionPenalty }, chosen),
            ["is ignored"] = (_, _) => (logits, options, _) => Distribute(logits, options, []),
        },
    };

    /// <summary>GEN-09.</summary>
    public static Requirement<DistributionCase, ComputeProbabilities> EveryOption { get; } = new()
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
        Subject = (_, _) => Distribute,
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
                    Distribute(
                        MaskOthers(Distribute(logits, options with { TopP = 1, RepetitionPenalty = 1 }, []), logits),
                        options with
                        {
                            TopK = 0,
                        },
                        chosen),
            ["top-p is computed over all tokens, not over those of top-k"] = (_, _) => (logits, options, chosen) =>
                Distribute(
                    MaskOthers(Distribute(logits, options with { TopK = 0 }, chosen), logits), options with { TopP = 1 }, chosen),
            ["no temperature"] = (_, _) => (logits, options, chosen) =>
                Distribute(logits, options with { Temperature = 1 }, chosen),
            ["top-k keeps one token more"] = (_, _) => (logits, options, chosen) =>
                Distribute(logits, options with { TopK = options.TopK + 1, TopP = 1 }, chosen),
            ["top-p is ignored"] = (_, _) => (logits, options, chosen) => Distribute(logits, options with { TopP = 1 }, chosen),
            ["probabilities are not renormalized"] = (_, _) => (logits, options, chosen) =>
                [
                    .. Distribute(logits, options, chosen)
                        .Zip(Distribute(logits, options with { TopP = 1 }, chosen), (kept, all) => kept > 0 ? all : 0),
                ],
        },
    };

    /// <summary>GEN-18.</summary>
    public static Requirement<DistributionCase, ComputeProbabilities> FarFromZero { get; } = new()
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
        Subject = (_, _) => Distribute,
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
                Distribute([.. logits.Select(logit => Math.Clamp(logit, -30, 30))], options, chosen),
            ["logits are rounded to half precision"] = (_, _) => (logits, options, chosen) =>
                Distribute([.. logits.Select(logit => (float)(Half)logit)], options, chosen),
        },
    };

    /// <summary>All of them, in the order of their ids; their subject sorts the tokens.</summary>
    public static IReadOnlyList<Requirement<DistributionCase, ComputeProbabilities>> All { get; } =
        [Penalty, EveryOption, FarFromZero];

    private static double[] WithChangedLogits(float[] logits, SamplerConstants options, Func<float, int, double> change) =>
        Distribute([.. logits.Select((logit, id) => (float)change(logit, id))], options with { RepetitionPenalty = 1 }, []);
}
