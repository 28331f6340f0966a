using System.Numerics.Tensors;

namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>The linear layer without bias, y = x Wᵀ, in float64.</summary>
/// <remarks>
/// y[r,o] = Σᵢ x[r,i] W[o,i]. For an upstream gradient g: dx[r,i] = Σₒ g[r,o] W[o,i], dW[o,i] = Σᵣ g[r,o] x[r,i].
/// Weights have the layout of checkpoints, <c>[out, in]</c>. All arrays are row-major.
/// </remarks>
public static class LinearOracle
{
    /// <summary>y = x Wᵀ.</summary>
    /// <param name="x"><c>[rows, in]</c>.</param>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="inputs">in.</param>
    /// <param name="outputs">out.</param>
    /// <returns><c>[rows, out]</c>.</returns>
    /// <exception cref="ArgumentException">A length does not fit the sizes.</exception>
    public static double[] Forward(double[] x, double[] weight, int inputs, int outputs)
    {
        var rows = ArrayLength.Rows(x, inputs, nameof(x));
        ArrayLength.Require(weight, outputs * inputs, nameof(weight));
        var y = new double[rows * outputs];
        OracleLoop.Run(outputs, (long)rows * inputs, o =>
        {
            var row = weight.AsSpan(o * inputs, inputs);
            for (var r = 0; r < rows; r++) y[r * outputs + o] = TensorPrimitives.Dot(x.AsSpan(r * inputs, inputs), row);
        });
        return y;
    }

    /// <summary>Gradients of a scalar by x and W, given its gradient by y.</summary>
    /// <param name="x"><c>[rows, in]</c>.</param>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="gradient">Gradient by y, <c>[rows, out]</c>.</param>
    /// <param name="inputs">in.</param>
    /// <param name="outputs">out.</param>
    /// <returns>Gradients by x <c>[rows, in]</c> and by W <c>[out, in]</c>.</returns>
    /// <exception cref="ArgumentException">A length does not fit the sizes.</exception>
    public static (double[] X, double[] Weight) Backward(
        double[] x, double[] weight, double[] gradient, int inputs, int outputs)
    {
        var rows = ArrayLength.Rows(x, inputs, nameof(x));
        ArrayLength.Require(weight, outputs * inputs, nameof(weight));
        ArrayLength.Require(gradient, rows * outputs, nameof(gradient));
        var (dx, dw) = (new double[x.Length], new double[weight.Length]);
        // An ignored target has no gradient by any logit.
        OracleLoop.Run(rows, (long)outputs * inputs, r =>
        {
            var sum = dx.AsSpan(r * inputs, inputs);
            for (var o = 0; o < outputs; o++)
                if (gradient[r * outputs + o] is not 0 and var g)
                    TensorPrimitives.MultiplyAdd(weight.AsSpan(o * inputs, inputs), g, sum, sum);
        });
        OracleLoop.Run(outputs, (long)rows * inputs, o =>
        {
            var sum = dw.AsSpan(o * inputs, inputs);
            for (var r = 0; r < rows; r++)
                if (gradient[r * outputs + o] is not 0 and var g)
                    TensorPrimitives.MultiplyAdd(x.AsSpan(r * inputs, inputs), g, sum, sum);
        });
        return (dx, dw);
    }
}
