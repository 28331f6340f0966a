using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Lora;

/// <summary>A matrix as the modules of a block use it: the weight, and what an adapter adds to its products.</summary>
/// <param name="Weight"><c>[out, in]</c></param>
/// <param name="Update">Null without an adapter.</param>
public sealed record Projection(Tensor Weight, LowRankUpdate? Update)
{
    /// <param name="parameters">Weights of the model. Not copied.</param>
    /// <param name="adapter">What is added to some of them; null for nothing.</param>
    /// <param name="name">Checkpoint name of the matrix.</param>
    /// <exception cref="ShapeException">The adapter was made for matrices of other sizes.</exception>
    public static Projection Create(ParameterTable parameters, Adapter? adapter, string name)
    {
        var added = adapter?.Find(name);
        added?.ThrowIfIncompatible(parameters[name], name);
        return new(parameters[name], added);
    }

    /// <summary>The products of several matrices with one x.</summary>
    /// <param name="x"><c>[…, in]</c>, float32.</param>
    /// <param name="projections">The matrices.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="training">True to drop some of what an adapter reads.</param>
    /// <returns><c>[…, out]</c> each, float32.</returns>
    public static Tensor[] Forward(Tensor x, Projection[] projections, ComputeType compute, FusedKernels fused, bool training)
    {
        var products = MatrixProduct.Linears(x, [.. projections.Select(projection => projection.Weight)], compute, fused);
        return [.. products.Zip(projections, (product, projection) => projection.AddUpdate(product, x, compute, fused, training))];
    }

    /// <summary>The product with one x.</summary>
    /// <inheritdoc cref="Forward(Tensor, Projection[], ComputeType, FusedKernels, bool)"/>
    public Tensor Forward(Tensor x, ComputeType compute, FusedKernels fused, bool training) => Forward(x, [this], compute, fused, training)[0];

    /// <summary>Adds to a product that was made elsewhere what the adapter adds to it.</summary>
    /// <param name="product">What the weight alone gives, <c>[…, out]</c>.</param>
    /// <param name="x">What it was given, <c>[…, in]</c>.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="training">True to drop some of what an adapter reads.</param>
    public Tensor AddUpdate(Tensor product, Tensor x, ComputeType compute, FusedKernels fused, bool training) =>
        Update?.AddTo(product, x, compute, fused, training) ?? product;
}
