using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>The loss of the tokens of an answer by its advantage. Section <c>grpo</c> of a plan.</summary>
/// <param name="Clip">ε: the ratio of a token is clipped to 1 − ε … 1 + ε.</param>
/// <param name="Kl">β: weight of the divergence from the reference model.</param>
/// <remarks>
/// ρ = π ÷ π_old; loss = −min(ρ·A, clip(ρ, 1 − ε, 1 + ε)·A) + β·(π_ref ÷ π − log(π_ref ÷ π) − 1), per token. Only π has a
/// gradient. Source: Shao et al. 2024, arXiv:2402.03300, equations 3, 4 and 21; the estimator of the divergence is k3 of Schulman
/// 2020, "Approximating KL divergence". Spec: GRP-03, GRP-04.
/// </remarks>
public sealed record GrpoObjective(double Clip = 0.2, double Kl = 0.04)
{
    /// <summary>Computes the loss of each token.</summary>
    /// <param name="logProbabilities">Log-probability of each token under the model, <c>[n]</c>, float64.</param>
    /// <param name="old">The same under the weights that sampled the answer.</param>
    /// <param name="reference">The same under the reference model; not used if β is 0.</param>
    /// <param name="advantage">Advantage of the answer.</param>
    /// <returns><c>[n]</c>, float64.</returns>
    public Tensor ComputeLosses(Tensor logProbabilities, Tensor old, Tensor reference, double advantage)
    {
        ArgumentNullException.ThrowIfNull(logProbabilities);
        var ratio = (logProbabilities - old).exp();
        var gain = minimum(ratio * advantage, ratio.clamp(1 - Clip, 1 + Clip) * advantage);
        return Kl > 0 ? EstimateDivergence(logProbabilities, reference) * Kl - gain : -gain;
    }

    /// <summary>Estimates the divergence from the reference model at each token: 0 or more.</summary>
    /// <param name="logProbabilities">Log-probability of each token under the model, in nats.</param>
    /// <param name="reference">The same under the reference model.</param>
    public static Tensor EstimateDivergence(Tensor logProbabilities, Tensor reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var difference = reference - logProbabilities;
        return difference.exp() - difference - 1;
    }

    /// <summary>
    /// Returns which tokens are clipped: their ratio has passed the border to which the advantage pushes it, so that the reward
    /// has no gradient.
    /// </summary>
    /// <inheritdoc cref="ComputeLosses"/>
    public Tensor FindClipped(Tensor logProbabilities, Tensor old, double advantage)
    {
        ArgumentNullException.ThrowIfNull(logProbabilities);
        var ratio = (logProbabilities - old).exp();
        return advantage > 0 ? ratio > 1 + Clip : advantage < 0 ? ratio < 1 - Clip : zeros_like(ratio, @bool);
    }
}
