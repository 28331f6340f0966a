using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Kahneman-Tversky optimization: raises the reward of desirable answers above a reference point, and lowers that of undesirable
/// ones below it. Needs no pairs. Section <c>preference.kto</c> of a plan.
/// </summary>
/// <remarks>
/// Reward r = β·(log π − log π_ref), summed over the answer. Loss of a desirable answer λ_D·(1 − σ(r − β·z₀)), of an undesirable
/// one λ_U·(1 − σ(β·z₀ − r)). The reference point z₀ = max(0, mean of log π − log π_ref over mismatched answers) estimates the
/// divergence of the model from its reference; it carries no gradient. Source: Ethayarajh et al. 2024, arXiv:2402.01306,
/// equations 7 and 8, section 4.1. Spec: KTO-01, KTO-02, KTO-03.
/// </remarks>
/// <param name="Beta">β: strength of the penalty for moving away from the reference model.</param>
/// <param name="DesirableWeight">λ_D: weight of the loss of desirable answers.</param>
/// <param name="UndesirableWeight">λ_U: weight of the loss of undesirable answers.</param>
public sealed record KtoObjective(double Beta = 0.1, double DesirableWeight = 1, double UndesirableWeight = 1)
{
    /// <summary>Computes the reward of an answer.</summary>
    /// <returns>A float64 scalar.</returns>
    public Tensor Reward(AnswerScore answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return (answer.LogProbability - answer.ReferenceLogProbability) * Beta;
    }

    /// <summary>Computes the loss of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="isDesirable">True if the answer is a good one.</param>
    /// <param name="referencePoint">z₀ of the step, in nats.</param>
    /// <returns>A float64 scalar that can be differentiated.</returns>
    public Tensor Loss(AnswerScore answer, bool isDesirable, double referencePoint)
    {
        var distance = Reward(answer) - Beta * referencePoint;
        // 1 − σ(x) is σ(−x), without the cancellation.
        return isDesirable ? (-distance).sigmoid() * DesirableWeight : distance.sigmoid() * UndesirableWeight;
    }

    /// <summary>Computes z₀, the reference point.</summary>
    /// <param name="logRatios">log π − log π_ref of every mismatched answer, in nats.</param>
    /// <returns>The mean, and 0 if that is negative, since a divergence is not.</returns>
    public static double GetReferencePoint(IReadOnlyCollection<double> logRatios) => Math.Max(0, logRatios.Average());
}
