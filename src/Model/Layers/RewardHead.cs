using TorchSharp;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// The scalar head of a reward model: one weight per feature of the final hidden state, in float32 and without a bias, which
/// would cancel in every comparison.
/// </summary>
/// <remarks>
/// Initialized ~ N(0, 1/(width + 1)), so that rewards of a new head have a variance near 1. Source: Stiennon et al. 2020,
/// arXiv:2009.01325, appendix B.1; Ouyang et al. 2022, arXiv:2203.02155, section 3.5. Spec: RWM-01, RWM-03.
/// </remarks>
public static class RewardHead
{
    /// <summary>Checkpoint name of the weight, <c>[1, width]</c>.</summary>
    public const string WeightName = "reward_head.weight";

    /// <summary>Computes the rewards of hidden states.</summary>
    /// <param name="weight">The weight, <c>[1, width]</c>.</param>
    /// <param name="hidden">Rows of <see cref="LanguageModel.ForwardHidden"/>, <c>[n, width]</c>.</param>
    /// <returns><c>[n]</c>, float32.</returns>
    internal static Tensor Forward(Tensor weight, Tensor hidden) => (hidden.to(float32) * weight).sum(1);

    /// <summary>Adds a new head to the weights of a language model.</summary>
    /// <param name="weights">The weights; not modified.</param>
    /// <param name="seed">Same seed, same head, on every device.</param>
    /// <returns>New weights on the same device.</returns>
    public static ParameterTable AddTo(ParameterTable weights, long seed)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var generator = new Generator((ulong)seed);
        var device = weights.Tensors.First().device;
        return ParameterTable.Create(weights.Config.With(hasRewardHead: true), (name, shape) =>
        {
            using var grad = no_grad();
            return name == WeightName
                ? empty(shape, float32).normal_(0, GetStandardDeviation(weights.Config.DModel), generator).to(device)
                : weights[name].detach().to(float32, device, copy: true);
        });
    }

    /// <summary>Returns the standard deviation of a new head.</summary>
    /// <param name="width">Width of the model.</param>
    public static double GetStandardDeviation(int width) => 1 / Math.Sqrt(width + 1.0);
}
