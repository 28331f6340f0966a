using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Lora;

/// <summary>A linear projection: a weight and, with an adapter, its low-rank update.</summary>
/// <param name="Weight"><c>[out, in]</c></param>
/// <param name="Update">The update; null without an adapter.</param>
public sealed record Projection(Tensor Weight, LowRankUpdate? Update)
{
    /// <param name="parameters">Weights of the model. Not copied.</param>
    /// <param name="adapter">Adapter to apply; null for none.</param>
    /// <param name="name">Checkpoint name of the matrix.</param>
    /// <exception cref="ShapeException">The adapter is for matrices of other sizes.</exception>
    public static Projection Create(ParameterTable parameters, Adapter? adapter, string name)
    {
        var added = adapter?.Find(name);
        added?.ThrowIfIncompatible(parameters[name], name);
        return new(parameters[name], added);
    }

    /// <summary>Applies several projections to one input.</summary>
    /// <param name="x"><c>[…, in]</c>, float32.</param>
    /// <param name="projections">The projections.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="training">True to apply the dropout of the adapter.</param>
    /// <returns><c>[…, out]</c> each, float32.</returns>
    public static Tensor[] Forward(Tensor x, Projection[] projections, ComputeType compute, FusedKernels fused, bool training)
    {
        var products = MatrixProduct.Linears(x, [.. projections.Select(projection => projection.Weight)], compute, fused);
        return
        [
            .. products.Zip(projections, (product, projection) => projection.AddUpdate(product, x, compute, fused, training)),
        ];
    }

    /// <summary>Applies the projection.</summary>
    /// <inheritdoc cref="Forward(Tensor, Projection[], ComputeType, FusedKernels, bool)"/>
    public Tensor Forward(Tensor x, ComputeType compute, FusedKernels fused, bool training) =>
        Forward(x, [this], compute, fused, training)[0];

    /// <summary>Adds the update to a product of the base weight that was computed elsewhere.</summary>
    /// <param name="product">The product of the base weight, <c>[…, out]</c>.</param>
    /// <param name="x">The input of the product, <c>[…, in]</c>.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="training">True to apply the dropout of the adapter.</param>
    public Tensor AddUpdate(Tensor product, Tensor x, ComputeType compute, FusedKernels fused, bool training) =>
        Update?.AddTo(product, x, compute, fused, training) ?? product;
}
