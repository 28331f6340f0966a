namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>RMSNorm in float64 with plain loops.</summary>
/// <remarks>
/// With ρ = 1/√(mean(x²) + ε) over the last axis: y = x ρ w.
/// For an upstream gradient g, with a = g w and n the width: dx = ρ a − ρ³ x (Σ a x)/n, dw = Σ over rows of g x ρ.
/// ε stands inside the root. Source: Zhang &amp; Sennrich 2019, "Root Mean Square Layer Normalization", arXiv:1910.07467,
/// equation 4; reference report section 6.
/// </remarks>
public static class RmsNormOracle
{
    /// <summary>Scales each row to unit root mean square, then by the weight.</summary>
    /// <param name="x"><c>[rows, n]</c>.</param>
    /// <param name="weight"><c>[n]</c>.</param>
    /// <param name="eps">ε, added to the mean square.</param>
    /// <returns><c>[rows, n]</c>.</returns>
    /// <exception cref="ArgumentException">Rows of n do not divide <paramref name="x"/>.</exception>
    public static double[] Forward(double[] x, double[] weight, double eps)
    {
        var n = weight.Length;
        var rows = ArrayLength.Rows(x, n, nameof(x));
        var y = new double[x.Length];
        for (var r = 0; r < rows; r++)
        {
            var rho = InverseRootMeanSquare(x, r * n, n, eps);
            for (var i = 0; i < n; i++) y[r * n + i] = x[r * n + i] * rho * weight[i];
        }
        return y;
    }

    /// <summary>Gradients of a scalar by x and the weight, given its gradient by y.</summary>
    /// <param name="x"><c>[rows, n]</c>.</param>
    /// <param name="weight"><c>[n]</c>.</param>
    /// <param name="eps">ε, added to the mean square.</param>
    /// <param name="gradient">Gradient by y, <c>[rows, n]</c>.</param>
    /// <returns>Gradients by x <c>[rows, n]</c> and by the weight <c>[n]</c>.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit one another.</exception>
    public static (double[] X, double[] Weight) Backward(double[] x, double[] weight, double eps, double[] gradient)
    {
        var n = weight.Length;
        var rows = ArrayLength.Rows(x, n, nameof(x));
        ArrayLength.Require(gradient, x.Length, nameof(gradient));
        var (dx, dw) = (new double[x.Length], new double[n]);
        for (var r = 0; r < rows; r++)
        {
            var rho = InverseRootMeanSquare(x, r * n, n, eps);
            var inner = 0.0;
            for (var i = 0; i < n; i++)
            {
                inner += gradient[r * n + i] * weight[i] * x[r * n + i];
                dw[i] += gradient[r * n + i] * x[r * n + i] * rho;
            }
            for (var i = 0; i < n; i++)
                dx[r * n + i] = rho * gradient[r * n + i] * weight[i] - rho * rho * rho * x[r * n + i] * inner / n;
        }
        return (dx, dw);
    }

    private static double InverseRootMeanSquare(double[] x, int start, int n, double eps)
    {
        var squares = 0.0;
        for (var i = 0; i < n; i++) squares += x[start + i] * x[start + i];
        return 1 / Math.Sqrt(squares / n + eps);
    }
}
