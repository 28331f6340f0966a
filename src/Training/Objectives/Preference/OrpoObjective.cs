using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Odds-ratio preference optimization: trains on the chosen answer as in fine-tuning, and raises its odds over those of the
/// rejected answer. Needs no reference model. Section <c>preference.orpo</c> of a plan.
/// </summary>
/// <remarks>
/// With m = log π ÷ tokens of the answer: loss −m_chosen − λ·log σ(log odds_chosen − log odds_rejected), log odds = m − log(1 −
/// eᵐ).
/// The mean makes the odds independent of length. Source: Hong et al. 2024, arXiv:2403.07691, equations 3 to 7. Spec: DPO-11,
/// DPO-12.
/// </remarks>
/// <param name="Lambda">λ: weight of the odds ratio term.</param>
public sealed record OrpoObjective(double Lambda = 0.1) : IPreferenceObjective
{
    // If every token is certain, the odds are infinite. Clamped this far below, they are 10¹² and have a gradient.
    private const double Certain = -1e-12;

    /// <inheritdoc/>
    public bool NeedsReference => false;

    /// <inheritdoc/>
    public Tensor Reward(AnswerScore answer) => Mean(answer) * Lambda;

    /// <inheritdoc/>
    public Tensor Loss(AnswerScore chosen, AnswerScore rejected) =>
        -Mean(chosen) - F.logsigmoid(LogOdds(chosen) - LogOdds(rejected)) * Lambda;

    private static Tensor Mean(AnswerScore answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.LogProbability / answer.TokenCount;
    }

    private static Tensor LogOdds(AnswerScore answer)
    {
        var mean = Mean(answer);
        return mean - (-mean.clamp(max: Certain).expm1()).log();
    }
}
