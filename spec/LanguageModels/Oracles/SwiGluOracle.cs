namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>The gate of the feed-forward layer, SiLU(gate) ⊙ up, and the whole SwiGLU layer, in float64.</summary>
/// <remarks>
/// SiLU(a) = a σ(a), SiLU′(a) = σ(a) (1 + a (1 − σ(a))), σ(a) = 1/(1 + e^−a).
/// Layer: y = W_down (SiLU(W_gate x) ⊙ (W_up x)).
/// Source: Shazeer 2020, "GLU Variants Improve Transformer", arXiv:2002.05202, equation 6; reference report section 5.
/// </remarks>
public static class SwiGluOracle
{
    /// <summary>SiLU(a).</summary>
    public static double Silu(double a) => a / (1 + Math.Exp(-a));

    /// <summary>SiLU(gate) ⊙ up, element by element.</summary>
    /// <param name="gate">Any shape.</param>
    /// <param name="up">The same shape.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double[] Gate(double[] gate, double[] up)
    {
        ArrayLength.Require(up, gate.Length, nameof(up));
        var y = new double[gate.Length];
        for (var i = 0; i < y.Length; i++) y[i] = Silu(gate[i]) * up[i];
        return y;
    }

    /// <summary>Gradients of a scalar by gate and up, given its gradient by SiLU(gate) ⊙ up.</summary>
    /// <param name="gate">Any shape.</param>
    /// <param name="up">The same shape.</param>
    /// <param name="gradient">The same shape.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static (double[] Gate, double[] Up) GateBackward(double[] gate, double[] up, double[] gradient)
    {
        ArrayLength.Require(up, gate.Length, nameof(up));
        ArrayLength.Require(gradient, gate.Length, nameof(gradient));
        var (dGate, dUp) = (new double[gate.Length], new double[gate.Length]);
        for (var i = 0; i < gate.Length; i++)
        {
            var sigma = 1 / (1 + Math.Exp(-gate[i]));
            dGate[i] = gradient[i] * up[i] * sigma * (1 + gate[i] * (1 - sigma));
            dUp[i] = gradient[i] * gate[i] * sigma;
        }
        return (dGate, dUp);
    }

    /// <summary>The whole layer.</summary>
    /// <param name="x"><c>[rows, n]</c>.</param>
    /// <param name="gate">W_gate, <c>[f, n]</c>.</param>
    /// <param name="up">W_up, <c>[f, n]</c>.</param>
    /// <param name="down">W_down, <c>[n, f]</c>.</param>
    /// <param name="width">n.</param>
    /// <param name="inner">f.</param>
    /// <returns><c>[rows, n]</c>.</returns>
    /// <exception cref="ArgumentException">A length does not fit the sizes.</exception>
    public static double[] Forward(double[] x, double[] gate, double[] up, double[] down, int width, int inner)
    {
        var gated = Gate(LinearOracle.Forward(x, gate, width, inner), LinearOracle.Forward(x, up, width, inner));
        return LinearOracle.Forward(gated, down, inner, width);
    }

    /// <summary>Gradients of a scalar by x and the three weights, given its gradient by the layer's output.</summary>
    /// <param name="x"><c>[rows, n]</c>.</param>
    /// <param name="gate">W_gate, <c>[f, n]</c>.</param>
    /// <param name="up">W_up, <c>[f, n]</c>.</param>
    /// <param name="down">W_down, <c>[n, f]</c>.</param>
    /// <param name="gradient">Gradient by the output, <c>[rows, n]</c>.</param>
    /// <param name="width">n.</param>
    /// <param name="inner">f.</param>
    /// <returns>Gradients, each in the shape of its tensor.</returns>
    /// <exception cref="ArgumentException">A length does not fit the sizes.</exception>
    public static (double[] X, double[] Gate, double[] Up, double[] Down) Backward(
        double[] x, double[] gate, double[] up, double[] down, double[] gradient, int width, int inner)
    {
        var a = LinearOracle.Forward(x, gate, width, inner);
        var u = LinearOracle.Forward(x, up, width, inner);
        var (dGated, dDown) = LinearOracle.Backward(Gate(a, u), down, gradient, inner, width);
        var (dA, dU) = GateBackward(a, u, dGated);
        var (dxGate, dGate) = LinearOracle.Backward(x, gate, dA, width, inner);
        var (dxUp, dUp) = LinearOracle.Backward(x, up, dU, width, inner);
        for (var i = 0; i < dxGate.Length; i++) dxGate[i] += dxUp[i];
        return (dxGate, dGate, dUp, dDown);
    }
}
