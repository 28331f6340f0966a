using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// The model of Bradley and Terry: the chosen answer wins with probability σ(r_chosen − r_rejected). Section
/// <c>preference.reward</c> of a plan.
/// </summary>
/// <remarks>
/// Loss −log σ(r_chosen − r_rejected) + c·(r_chosen + r_rejected)². Source: Ouyang et al. 2022, arXiv:2203.02155, equation 1;
/// centering c: Eisenstein et al. 2023, arXiv:2312.09244, section 3.1. Spec: RWM-02, RWM-03.
/// </remarks>
/// <param name="Centering">c: weight of the squared sum of the rewards, which the first term leaves undetermined.</param>
public sealed record RewardObjective(double Centering = 0)
{
    /// <summary>Computes the loss of a pair.</summary>
    /// <param name="chosen">Reward of the chosen answer, a float64 scalar.</param>
    /// <param name="rejected">Reward of the rejected answer, a float64 scalar.</param>
    /// <returns>A float64 scalar that can be differentiated.</returns>
    public Tensor Loss(Tensor chosen, Tensor rejected)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        return -F.logsigmoid(chosen - rejected) + (chosen + rejected).square() * Centering;
    }
}
