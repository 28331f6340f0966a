using TorchSharp;
using TurkishLlm.Kernels;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Matrix products in the compute type, with float32 operands and results. The fused kernels follow the same rule.
/// </summary>
public static class MatrixProduct
{
    /// <summary>Computes x·Wᵀ.</summary>
    /// <param name="x"><c>[…, in]</c>, float32.</param>
    /// <param name="weight"><c>[out, in]</c>, float32.</param>
    /// <param name="compute">Number type of the product.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <returns><c>[…, out]</c>, float32.</returns>
    public static Tensor Linear(Tensor x, Tensor weight, ComputeType compute, FusedKernels fused = FusedKernels.All) =>
        Linears(x, [weight], compute, fused)[0];

    /// <summary>Computes x·Wᵀ for several weights, reading x once.</summary>
    /// <param name="x"><c>[…, in]</c>, float32.</param>
    /// <param name="weights"><c>[out, in]</c> each, float32.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <returns><c>[…, out]</c> each, float32.</returns>
    /// <exception cref="ShapeException">The shape of a weight does not match <paramref name="x"/>.</exception>
    public static Tensor[] Linears(Tensor x, Tensor[] weights, ComputeType compute, FusedKernels fused = FusedKernels.All)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weights);
        foreach (var weight in weights)
            if (x.ndim == 0 || weight.ndim != 2 || x.size(-1) != weight.size(1) || x.dtype != weight.dtype)
                throw new ShapeException(
                    "linear takes [..., in] and a weight [out, in] of its number type but received "
                        + $"{TensorDescription.Describe(x)} "
                    + $"and {TensorDescription.Describe(weight)}.");
        if (FusedOperators.CanUse(fused, FusedKernels.Linear, x))
            return FusedOperators.Linears(x, weights, compute == ComputeType.BFloat16);
        if (compute == ComputeType.Float32) return [.. weights.Select(weight => F.linear(x, weight))];
        var rounded = x.to(bfloat16);
        return [.. weights.Select(weight => F.linear(rounded, weight.to(bfloat16)).to(float32))];
    }

    /// <summary>Computes a·b over the last two axes.</summary>
    /// <param name="a"><c>[…, n, k]</c>, float32.</param>
    /// <param name="b"><c>[…, k, m]</c>, float32.</param>
    /// <param name="computeType">Number type of the product.</param>
    /// <returns><c>[…, n, m]</c>, float32.</returns>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static Tensor Batched(Tensor a, Tensor b, ComputeType computeType) => computeType == ComputeType.Float32
        ? a.CheckedMatmul(b)
        : a.to(bfloat16).CheckedMatmul(b.to(bfloat16)).to(float32);
}
