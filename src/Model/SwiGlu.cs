using TorchSharp;
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

    /// <param name="parameters">Weights of the model. Not copied.</param>
    /// <param name="layer">Number of the block.</param>
    /// <param name="compute">Number type of the products.</param>
    public SwiGlu(ParameterTable parameters, int layer, ComputeType compute)
    {
        _compute = compute;
        _gate = parameters[$"layers.{layer}.ffn.gate_proj.weight"];
        _up = parameters[$"layers.{layer}.ffn.up_proj.weight"];
        _down = parameters[$"layers.{layer}.ffn.down_proj.weight"];
    }

    /// <summary>Transforms every position by itself.</summary>
    /// <param name="x"><c>[…, width]</c>, float32.</param>
    /// <returns>What to add to the residual stream; same shape as <paramref name="x"/>.</returns>
    public Tensor Forward(Tensor x)
    {
        var gate = F.silu(MatrixProduct.Linear(x, _gate, _compute));        // […, d_ff]
        var up = MatrixProduct.Linear(x, _up, _compute);                    // […, d_ff]
        return MatrixProduct.Linear(gate * up, _down, _compute);
    }
}
