namespace TurkishLlm.Spec.Oracles;

/// <summary>The loss of a preference pair and its derivatives.</summary>
/// <param name="Loss">In nats.</param>
/// <param name="ByChosen">Derivative by log π of the chosen answer.</param>
/// <param name="ByRejected">Derivative by log π of the rejected answer.</param>
public readonly record struct PreferenceLoss(double Loss, double ByChosen, double ByRejected);

/// <summary>The objectives of preference training on sums of log-probabilities, in float64.</summary>
public static class PreferenceOracle
{
    /// <summary>Direct preference optimization with label smoothing s.</summary>
    /// <remarks>
    /// Δ = β·((c − c₀) − (r − r₀)); loss = (1 − s)·log(1 + e^−Δ) + s·log(1 + e^Δ); dloss/dΔ = σ(Δ) − (1 − s).
    /// Source: Rafailov et al. 2023, arXiv:2305.18290, equation 7.
    /// </remarks>
    public static PreferenceLoss Dpo(
        double chosen, double rejected, double chosenReference, double rejectedReference, double beta, double smoothing)
    {
        var margin = beta * (chosen - chosenReference - (rejected - rejectedReference));
        var slope = Sigmoid(margin) - (1 - smoothing);
        return new((1 - smoothing) * LogOnePlusExp(-margin) + smoothing * LogOnePlusExp(margin), beta * slope, -beta * slope);
    }

    /// <summary>Odds-ratio preference optimization.</summary>
    /// <remarks>
    /// m = log π ÷ n; log odds L(m) = m − log(1 − eᵐ), dL/dm = 1 ÷ (1 − eᵐ); loss = −m_c + λ·log(1 + e^−(L_c − L_r)).
    /// Source: Hong et al. 2024, arXiv:2403.07691, equations 3 to 7.
    /// </remarks>
    public static PreferenceLoss Orpo(double chosen, int chosenTokens, double rejected, int rejectedTokens, double lambda)
    {
        var (c, r) = (chosen / chosenTokens, rejected / rejectedTokens);
        var difference = LogOdds(c) - LogOdds(r);
        var slope = lambda * (Sigmoid(difference) - 1);
        return new(
            -c + lambda * LogOnePlusExp(-difference),
            (-1 + slope / OneMinusExp(c)) / chosenTokens, -slope / OneMinusExp(r) / rejectedTokens);
    }

    /// <summary>Kahneman-Tversky optimization of one answer: the loss and its derivative by log π.</summary>
    /// <remarks>
    /// r = log π − log π₀; λ − λ·σ(±β·(r − z₀)), with + and λ_D for a desirable answer, − and λ_U for another.
    /// Source: Ethayarajh et al. 2024, arXiv:2402.01306, equations 7 and 8.
    /// </remarks>
    public static (double Loss, double Slope) Kto(
        double answer, double reference, double referencePoint, bool desirable, double beta, double desirableWeight,
        double undesirableWeight)
    {
        var (sign, weight) = desirable ? (1, desirableWeight) : (-1, undesirableWeight);
        var value = Sigmoid(sign * beta * (answer - reference - referencePoint));
        return (weight - weight * value, -sign * weight * beta * value * (1 - value));
    }

    /// <summary>The reference point of KTO: the mean of log-ratios, at least 0.</summary>
    public static double KtoReferencePoint(IEnumerable<(double Policy, double Reference)> mismatched)
    {
        var (sum, count) = (0.0, 0);
        foreach (var (policy, reference) in mismatched) (sum, count) = (sum + policy - reference, count + 1);
        return sum > 0 ? sum / count : 0;
    }

    /// <summary>The loss of a reward model and its derivatives by both rewards.</summary>
    /// <remarks>
    /// log(1 + e^(r − c)) + k·(c + r)². Source: Ouyang et al. 2022, arXiv:2203.02155, equation 1; Eisenstein et al. 2023,
    /// arXiv:2312.09244, section 3.1.
    /// </remarks>
    public static PreferenceLoss BradleyTerry(double chosen, double rejected, double centering)
    {
        var (lost, sum) = (Sigmoid(rejected - chosen), chosen + rejected);
        return new(
            LogOnePlusExp(rejected - chosen) + centering * sum * sum, -lost + 2 * centering * sum, lost + 2 * centering * sum);
    }

    private static double LogOdds(double m) => m - Math.Log(OneMinusExp(m));

    // 1 − eᵐ for m < 0 without cancellation: near 0 by its series.
    private static double OneMinusExp(double m)
    {
        if (m < -0.1) return 1 - Math.Exp(m);
        var (term, sum) = (-m, 0.0);
        for (var n = 2; n < 20; n++)
        {
            sum += term;
            term *= m / n;
        }
        return sum;
    }

    private static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    private static double LogOnePlusExp(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
