using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Layers;

/// <summary>The SwiGLU feed-forward network of a block: one projection gates another.</summary>
/// <remarks>
/// y = W_down · (SiLU(W_gate·x) ⊙ W_up·x). Spec: P30, P31, P32.
/// Source: Shazeer 2020, "GLU Variants Improve Transformer", arXiv:2002.05202, equation 6; reference report, section 5.
/// Cost of a forward pass: 6·b·t·width·d_ff FLOP.
/// </remarks>
public sealed class SwiGlu
{
    private readonly Projection _gate, _up, _down;
    private readonly ComputeType _compute;
    private readonly FusedKernels _fused;

    /// <param name="parameters">Weights of the model. Not copied.</param>
    /// <param name="layer">Index of the block.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="adapter">Adapter to apply; null for none.</param>
    public SwiGlu(
        ParameterTable parameters, int layer, ComputeType compute,
        FusedKernels fused = FusedKernels.All,
        Adapter? adapter = null)
    {
        (_compute, _fused) = (compute, fused);
        _gate = Projection.Create(parameters, adapter, $"layers.{layer}.ffn.gate_proj.weight");
        _up = Projection.Create(parameters, adapter, $"layers.{layer}.ffn.up_proj.weight");
        _down = Projection.Create(parameters, adapter, $"layers.{layer}.ffn.down_proj.weight");
    }

    /// <summary>Transforms each position independently.</summary>
    /// <param name="x"><c>[…, width]</c>, float32.</param>
    /// <param name="training">True to apply the dropout of the adapter.</param>
    /// <returns>The update of the residual stream; same shape as <paramref name="x"/>.</returns>
    public Tensor Forward(Tensor x, bool training = false)
    {
        var projected = Projection.Forward(x, [_gate, _up], _compute, _fused, training);
        var (gate, up) = (projected[0], projected[1]);                              // […, d_ff]
        if (!FusedOperators.CanUse(_fused, FusedKernels.SwiGlu, x))
            return _down.Forward(F.silu(gate) * up, _compute, _fused, training);
        var product = FusedOperators.SwiGluLinear(gate, up, _down.Weight, _compute == ComputeType.BFloat16);
        return _down.Update is null ? product : _down.AddUpdate(product, F.silu(gate) * up, _compute, _fused, training);
    }
}
