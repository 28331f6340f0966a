using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Direct preference optimization: raises the probability of the chosen answer, relative to the reference model, over that of the
/// rejected one. Section <c>preference.dpo</c> of a plan.
/// </summary>
/// <remarks>
/// reward r = β·(log π − log π_ref), summed over the answer; loss −(1 − s)·log σ(Δ) − s·log σ(−Δ) with Δ = r_chosen − r_rejected.
/// Source: Rafailov et al. 2023, arXiv:2305.18290, equation 7; Mitchell 2023, "A note on DPO with noisy preferences". Spec:
/// DPO-03 … DPO-06.
/// </remarks>
/// <param name="Beta">β: strength of the penalty for moving away from the reference model.</param>
/// <param name="LabelSmoothing">s: assumed share of pairs with the wrong label.</param>
public sealed record DpoObjective(double Beta = 0.1, double LabelSmoothing = 0) : IPreferenceObjective
{
    /// <inheritdoc/>
    public bool NeedsReference => true;

    /// <inheritdoc/>
    public Tensor Reward(AnswerScore answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return (answer.LogProbability - answer.ReferenceLogProbability) * Beta;
    }

    /// <inheritdoc/>
    public Tensor Loss(AnswerScore chosen, AnswerScore rejected)
    {
        var margin = Reward(chosen) - Reward(rejected);
        return F.logsigmoid(margin) * (LabelSmoothing - 1) - F.logsigmoid(-margin) * LabelSmoothing;
    }
}
