using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Spec.Training;

/// <summary>Estimates the squared gradient and the variance of a loss term; see <see cref="GradientNoise.Estimate"/>.</summary>
public delegate GradientNoiseMetrics EstimateGradientNoise(
    double smallSquare, double inverseTerms, double largeSquare, double largeTerms);

/// <summary>Gradients with a known mean and variance.</summary>
/// <param name="Gradient">Every element of the gradient without noise.</param>
/// <param name="Noise">Standard deviation of each element of the gradient of a loss term.</param>
/// <param name="Small">Loss terms of the first micro-batch.</param>
/// <param name="Large">Loss terms of the step.</param>
public sealed record GradientNoiseCase(double Gradient, double Noise, int Small, int Large)
{
    internal const int Elements = 24, Steps = 4000;

    internal double SquaredGradient => Elements * Gradient * Gradient;

    internal double Variance => Elements * Noise * Noise;
}

/// <summary>The noise of gradients: OPT-28.</summary>
public static class GradientNoiseSpec
{
    // The mean of 4,000 estimates has a standard error that is known from their spread.
    private const double Sigmas = 6;

    public static readonly Requirement<GradientNoiseCase, EstimateGradientNoise> OPT_28_Unbiased = new()
    {
        Id = "OPT-28",
        Statement = "From gradients of known mean and variance, in micro-batches and steps of any size, the estimates of the "
            + "squared gradient and of the variance of a loss term are right on average, within six standard errors.",
        Source = "McCandlish et al. 2018, arXiv:1812.06162, appendix A.1",
        CanonicalCases = [new(0.05, 0.6, 3, 12), new(0.2, 0.5, 1, 2), new(0.02, 1, 8, 50)],
        Subject = (_, _) => GradientNoise.Estimate,
        Holds = (estimate, c, at) =>
        {
            var (squares, variances) = (new double[GradientNoiseCase.Steps], new double[GradientNoiseCase.Steps]);
            var draws = at.Normal(300, 1, [GradientNoiseCase.Steps, 2, GradientNoiseCase.Elements]).Doubles();
            for (var step = 0; step < GradientNoiseCase.Steps; step++)
            {
                var (small, large) = (0.0, 0.0);
                for (var i = 0; i < GradientNoiseCase.Elements; i++)
                {
                    var number = 2 * step * GradientNoiseCase.Elements + i;
                    // The sums of the noise of the first micro-batch and of the other terms of the step.
                    var first = c.Noise * Math.Sqrt(c.Small) * draws[number];
                    var others = c.Noise * Math.Sqrt(c.Large - c.Small) * draws[number + GradientNoiseCase.Elements];
                    small += Math.Pow(c.Gradient + first / c.Small, 2);
                    large += Math.Pow(c.Gradient + (first + others) / c.Large, 2);
                }
                var noise = estimate(small, 1.0 / c.Small, large, c.Large);
                (squares[step], variances[step]) = (noise.SquaredGradient, noise.Variance);
            }
            return Verdict.All(
                CompareMean(squares, c.SquaredGradient, "squared gradient"), CompareMean(variances, c.Variance, "variance"));
        },
        Impostors = new()
        {
            ["the squared norm of the step"] = (_, _) => (small, inverse, large, terms) =>
                GradientNoise.Estimate(small, inverse, large, terms) with { SquaredGradient = large },
            ["the sizes are exchanged"] = (_, _) => (small, inverse, large, terms) =>
                GradientNoise.Estimate(small, 1 / terms, large, 1 / inverse),
            ["the variance of a micro-batch"] = (_, _) => (small, inverse, large, terms) =>
                GradientNoise.Estimate(small, inverse, large, terms) with { Variance = small - large },
            ["micro-batches are counted, not loss terms"] = (_, _) => (small, inverse, large, terms) =>
                GradientNoise.Estimate(small, 1, large, terms * inverse * 1.5),
            ["norms are not squared"] = (_, _) => (small, inverse, large, terms) =>
                GradientNoise.Estimate(Math.Sqrt(small), inverse, Math.Sqrt(large), terms),
            ["negative estimates are cut off"] = (_, _) => (small, inverse, large, terms) =>
            {
                var noise = GradientNoise.Estimate(small, inverse, large, terms);
                return noise with { SquaredGradient = Math.Max(0, noise.SquaredGradient) };
            },
            ["the large batch is without noise"] = (_, _) => (small, inverse, large, _) =>
                new(large, (small - large) / inverse),
        },
    };

    public static IReadOnlyList<Requirement> All => [OPT_28_Unbiased];

    private static Verdict CompareMean(double[] estimates, double expected, string what)
    {
        var mean = estimates.Average();
        var spread = Math.Sqrt(estimates.Average(value => (value - mean) * (value - mean)));
        return Verdict.AtMost(
            Sigmas * spread / Math.Sqrt(estimates.Length), Math.Abs(mean - expected),
            FormattableString.Invariant($"mean of the {what} = {mean:G4} for {expected:G4}, |Δ|"));
    }
}
