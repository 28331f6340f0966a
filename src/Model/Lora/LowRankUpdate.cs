using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Lora;

/// <summary>What an adapter adds to the products of one matrix: scale · B·(A·x).</summary>
/// <param name="a"><c>[rank, in]</c></param>
/// <param name="b"><c>[out, rank]</c></param>
/// <param name="scale">alpha ÷ rank.</param>
/// <param name="dropout">Share of x that is dropped in training.</param>
public sealed class LowRankUpdate(Tensor a, Tensor b, double scale, double dropout)
{
    /// <exception cref="ShapeException">A and B add to matrices of another size.</exception>
    internal void ThrowIfIncompatible(Tensor weight, string name)
    {
        if (b.size(0) == weight.size(0) && a.size(1) == weight.size(1)) return;
        throw new ShapeException(
            $"The adapter of {name} is B {TensorDescription.FormatShape(b.shape)} · A {TensorDescription.FormatShape(a.shape)}, "
            + $"but the weight is {TensorDescription.FormatShape(weight.shape)}. Give the adapter that was made for this model.");
    }

    /// <summary>The product with the addition.</summary>
    /// <param name="product">What the matrix alone gives, <c>[…, out]</c>.</param>
    /// <param name="x">What it was given, <c>[…, in]</c>.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="training">True to drop some of <paramref name="x"/>.</param>
    public Tensor AddTo(Tensor product, Tensor x, ComputeType compute, FusedKernels fused, bool training)
    {
        // Without a rate no random number is drawn, so that a run without dropout does not depend on the generator.
        var read = training && dropout > 0 ? F.dropout(x, dropout, training) : x;
        return product + MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b, compute, fused) * scale;
    }
}
