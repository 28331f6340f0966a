using TorchSharp;
using TurkishLlm.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model;

/// <summary>The feed-forward network of a block: one projection decides how much of another passes.</summary>
/// <remarks>
/// y = W_down · (SiLU(W_gate·x) ⊙ W_up·x). Spec: P30, P31, P32.
/// Source: Shazeer 2020, "GLU Variants Improve Transformer", arXiv:2002.05202, equation 6; reference report, section 5.
/// Cost of a forward pass: 6·b·t·width·d_ff FLOP.
/// </remarks>
public sealed class SwiGlu
{
    private readonly Tensor _gate, _up, _down;
    private readonly ComputeType _compute;
    private readonly Fused _fused;

    /// <param name="parameters">Weights of the model. Not copied.</param>
    /// <param name="layer">Number of the block.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    public SwiGlu(ParameterTable parameters, int layer, ComputeType compute, Fused fused = Fused.All)
    {
        (_compute, _fused) = (compute, fused);
        _gate = parameters[$"layers.{layer}.ffn.gate_proj.weight"];
        _up = parameters[$"layers.{layer}.ffn.up_proj.weight"];
        _down = parameters[$"layers.{layer}.ffn.down_proj.weight"];
    }

    /// <summary>Transforms every position by itself.</summary>
    /// <param name="x"><c>[…, width]</c>, float32.</param>
    /// <returns>What to add to the residual stream; same shape as <paramref name="x"/>.</returns>
    public Tensor Forward(Tensor x)
    {
        var projected = MatrixProduct.Linears(x, [_gate, _up], _compute, _fused);
        var (gate, up) = (projected[0], projected[1]);                              // […, d_ff]
        return Kernels.Has(_fused, Fused.SwiGlu, x)
            ? Kernels.SwiGluLinear(gate, up, _down, _compute == ComputeType.BFloat16)
            : MatrixProduct.Linear(F.silu(gate) * up, _down, _compute, _fused);
    }
}
