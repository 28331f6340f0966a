using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>A feed-forward network with SwiGLU, of plain operators and with one optional bug.</summary>
/// <param name="NumberType">Number type of the products; the gate is float32.</param>
/// <param name="Bug">The bug.</param>
public sealed record ReferenceFeedForward(ScalarType NumberType, LayerBug Bug = LayerBug.None)
{
    /// <summary>Computes the output, in the shape of the input.</summary>
    /// <param name="x"><c>[b, t, width]</c>.</param>
    /// <param name="gateWeight"><c>[inner, width]</c>.</param>
    /// <param name="upWeight"><c>[inner, width]</c>.</param>
    /// <param name="downWeight"><c>[width, inner]</c>.</param>
    public Tensor Forward(Tensor x, Tensor gateWeight, Tensor upWeight, Tensor downWeight)
    {
        var (gate, up) = (Products.Linear(x, gateWeight, NumberType), Products.Linear(x, upWeight, NumberType));
        var inner = Bug switch
        {
            LayerBug.GateAndUpSwapped => gate * functional.silu(up),
            LayerBug.UpUnused => functional.silu(gate),
            LayerBug.GeluForSilu => gate * 0.5 * ((gate + gate.pow(3) * 0.044715) * Math.Sqrt(2 / Math.PI)).tanh().add(1) * up,
            LayerBug.SigmoidGate => gate.sigmoid() * up,
            LayerBug.SiluOfProduct => functional.silu(gate * up),
            _ => functional.silu(gate) * up,
        };
        return Products.Linear(inner, downWeight, NumberType);
    }
}
