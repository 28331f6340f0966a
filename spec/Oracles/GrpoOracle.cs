namespace TurkishLlm.Spec.Oracles;

/// <summary>The loss of a token and its derivative.</summary>
/// <param name="Loss">In nats, for an advantage in units of the reward.</param>
/// <param name="Slope">Derivative by log π of the token.</param>
/// <param name="Divergence">Estimate of the divergence from the reference.</param>
/// <param name="IsClipped">True if the reward has no derivative.</param>
public readonly record struct GrpoTokenLoss(double Loss, double Slope, double Divergence, bool IsClipped);

/// <summary>Group relative policy optimization in float64.</summary>
public static class GrpoOracle
{
    private const double Epsilon = 1e-4;

    /// <summary>Advantages of one group.</summary>
    /// <remarks>
    /// (r − mean) ÷ (s + 10⁻⁴); s² = Σ (rᵢ − rⱼ)² over all pairs ÷ (n·(n − 1)), which is the variance of a sample.
    /// Source: Shao et al. 2024, arXiv:2402.03300, section 4.1.2.
    /// </remarks>
    public static double[] Advantages(double[] rewards, bool isDivided)
    {
        var n = rewards.Length;
        var (sum, pairs) = (0.0, 0.0);
        for (var i = 0; i < n; i++)
        {
            sum += rewards[i];
            for (var j = 0; j < i; j++) pairs += Math.Pow(rewards[i] - rewards[j], 2);
        }
        if (pairs == 0) return new double[n];
        var divisor = isDivided ? Math.Sqrt(pairs / (n * (n - 1.0))) + Epsilon : 1;
        return [.. rewards.Select(reward => (reward - sum / n) / divisor)];
    }

    /// <summary>The loss of a token, by the two signs of the advantage.</summary>
    /// <remarks>
    /// ρ = e^(p − o). A ≥ 0: gain = A·min(ρ, 1 + ε); A &lt; 0: gain = A·max(ρ, 1 − ε). Divergence e^d − d − 1 with d = ref − p,
    /// and derivative 1 − e^d. Source: Shao et al. 2024, arXiv:2402.03300, equations 3, 4 and 21.
    /// </remarks>
    public static GrpoTokenLoss Token(
        double logProbability, double old, double reference, double advantage, double clip, double beta)
    {
        var ratio = Math.Exp(logProbability - old);
        var border = advantage >= 0 ? 1 + clip : 1 - clip;
        var isClipped = advantage > 0 ? ratio > border : advantage < 0 && ratio < border;
        var (gain, slope) = isClipped ? (border * advantage, 0) : (ratio * advantage, ratio * advantage);
        var d = reference - logProbability;
        var divergence = Math.Exp(d) - d - 1;
        return new(beta * divergence - gain, beta * (1 - Math.Exp(d)) - slope, divergence, isClipped);
    }
}
