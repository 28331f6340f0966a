using TurkishLlm.Inference.Generation;

namespace TurkishLlm.Spec.Model;

/// <summary>Choosing the next token: GEN-04, GEN-05, GEN-06, GEN-08, GEN-09, GEN-18, GEN-19, GEN-20.</summary>
public static class SamplerSpec
{
    public static readonly Requirement<DistributionCase, ComputeProbabilities> GEN_04_Penalty =
        DistributionRequirements.Penalty.For((_, _) => Compute);

    public static readonly Requirement<DistributionCase, ComputeProbabilities> GEN_09_EveryOption =
        DistributionRequirements.EveryOption.For((_, _) => Compute);

    public static readonly Requirement<DistributionCase, ComputeProbabilities> GEN_18_FarFromZero =
        DistributionRequirements.FarFromZero.For((_, _) => Compute);

    public static readonly Requirement<SamplerCase, SampleTokens> GEN_05_TopP = SamplerRequirements.TopP.For((_, _) => Sample);

    public static readonly Requirement<SamplerCase, SampleTokens> GEN_06_AllOfIt =
        SamplerRequirements.AllOfIt.For((_, _) => Sample);

    public static readonly Requirement<SamplerCase, SampleTokens> GEN_08_Order = SamplerRequirements.Order.For((_, _) => Sample);

    public static readonly Requirement<RepetitionPenaltyCase, SampleTokens> GEN_19_Memory =
        SamplerRequirements.Memory.For((_, _) => Sample);

    public static readonly Requirement<TemperatureCase, SampleTokens> GEN_20_Temperatures =
        SamplerRequirements.Temperatures.For((_, _) => Sample);

    public static IReadOnlyList<Requirement> All =>
        [
            GEN_04_Penalty, GEN_05_TopP, GEN_06_AllOfIt, GEN_08_Order, GEN_09_EveryOption, GEN_18_FarFromZero, GEN_19_Memory,
            GEN_20_Temperatures,
        ];

    private static double[] Compute(float[] logits, SamplerConstants options, IReadOnlyList<int> chosen)
    {
        var (ids, probabilities) = TokenSampler.GetDistribution(logits, Convert(options), [.. chosen.Distinct()]);
        var all = new double[logits.Length];
        for (var i = 0; i < ids.Length; i++) all[ids[i]] = probabilities[i];
        return all;
    }

    private static IReadOnlyList<int> Sample(float[] logits, SamplerConstants options, int count)
    {
        var sampler = new TokenSampler(Convert(options));
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Sample(logits))];
    }

    private static SamplingOptions Convert(SamplerConstants options) =>
        new()
        {
            Temperature = options.Temperature,
            TopK = options.TopK,
            TopP = options.TopP,
            RepetitionPenalty = options.RepetitionPenalty,
            Seed = options.Seed,
        };
}
