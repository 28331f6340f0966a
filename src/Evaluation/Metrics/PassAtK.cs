namespace TurkishLlm.Evaluation.Metrics;

/// <summary>pass@k: the probability that at least one of k answers is correct, estimated from n ≥ k answers.</summary>
/// <remarks>
/// 1 − C(n−c, k) ÷ C(n, k), which is unbiased, unlike 1 − (1 − c/n)^k. Spec: EVL-16. Source: Chen et al. 2021, arXiv:2107.03374,
/// section 2.1.
/// </remarks>
public static class PassAtK
{
    /// <param name="samples">n, the number of answers.</param>
    /// <param name="correct">c, the number of correct answers.</param>
    /// <param name="k">Number of tries; at most n.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is larger than n, or c is larger than n.</exception>
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
