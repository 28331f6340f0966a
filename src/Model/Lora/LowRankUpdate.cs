using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Lora;

/// <summary>The update of one matrix by an adapter: scale · B·(A·x).</summary>
/// <param name="a"><c>[rank, in]</c></param>
/// <param name="b"><c>[out, rank]</c></param>
/// <param name="scale">alpha ÷ rank.</param>
/// <param name="dropout">Dropout rate of x.</param>
public sealed class LowRankUpdate(Tensor a, Tensor b, double scale, double dropout)
{
    /// <exception cref="ShapeException">A and B are for a matrix of another size.</exception>
    internal void ThrowIfIncompatible(Tensor weight, string name)
    {
        if (b.size(0) == weight.size(0) && a.size(1) == weight.size(1)) return;
        throw new ShapeException(
            $"The adapter of {name} is B {TensorDescription.FormatShape(b.shape)} · A {TensorDescription.FormatShape(a.shape)}, "
            + $"but the weight is {TensorDescription.FormatShape(weight.shape)}. Use an adapter of this model.");
    }

    /// <summary>Adds the update to a product.</summary>
    /// <param name="product">The product of the base weight, <c>[…, out]</c>.</param>
    /// <param name="x">The input of the product, <c>[…, in]</c>.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="training">True to apply dropout to <paramref name="x"/>.</param>
    public Tensor AddTo(Tensor product, Tensor x, ComputeType compute, FusedKernels fused, bool training)
    {
        // Without dropout no random number is drawn, so that the run does not depend on the generator.
        var read = training && dropout > 0 ? F.dropout(x, dropout, training) : x;
        return product + MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b, compute, fused) * scale;
    }
}
