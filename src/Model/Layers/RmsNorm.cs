using TorchSharp;
using TurkishLlm.Kernels;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Root mean square layer normalization: scales each vector to a root mean square of one, then by a learned weight per feature.
/// </summary>
/// <remarks>
/// y = x / √(mean(x²) + eps) · weight, with statistics over the features of each position, in float32. Spec: P15, P16, P17, P18.
/// Source: Zhang &amp; Sennrich 2019, "Root Mean Square Layer Normalization", equation 4.
/// </remarks>
/// <param name="weight"><c>[width]</c>, float32. Not copied.</param>
/// <param name="eps">Added to the mean square; keeps a zero vector finite.</param>
/// <param name="fused">The kernels that may be used.</param>
public sealed class RmsNorm(Tensor weight, double eps, FusedKernels fused = FusedKernels.All)
{
    /// <param name="x"><c>[…, width]</c>, float32; not modified.</param>
    /// <returns>Same shape as <paramref name="x"/>.</returns>
    /// <exception cref="ShapeException">The last axis of <paramref name="x"/> is not the width.</exception>
    public Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        // A last axis of size one would be broadcast.
        if (x.ndim == 0 || x.size(-1) != weight.size(0))
            throw new ShapeException(
                $"{nameof(RmsNorm)} takes [..., {weight.size(0)}] but received {TensorDescription.Describe(x)}.");
        if (FusedOperators.CanUse(fused, FusedKernels.Norm, x)) return FusedOperators.RmsNorm(x, weight, eps);
        var meanSquare = x.square().mean([-1L], keepdim: true);     // […, 1]
        return x * (meanSquare + eps).rsqrt() * weight;
    }
}
