namespace TurkishLlm.Evaluation.Metrics;

/// <summary>The chance that at least one of k answers is right, from more answers than k.</summary>
/// <remarks>1 − C(n−c, k) ÷ C(n, k), which is right on average, unlike 1 − (1 − c/n)^k. Spec: EVL-16. Source: Chen et al. 2021, arXiv:2107.03374, section 2.1.</remarks>
public static class PassAtK
{
    /// <param name="samples">n, the answers there are.</param>
    /// <param name="correct">c, how many of them are right.</param>
    /// <param name="k">How many may be tried; at most n.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer answers than k, or more right ones than answers.</exception>
    public static double Estimate(int samples, int correct, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, samples);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        var missed = 1.0;
        for (var i = 0; i < k; i++) missed *= Math.Max(0, samples - correct - i) / (double)(samples - i);
        return 1 - missed;
    }
}
