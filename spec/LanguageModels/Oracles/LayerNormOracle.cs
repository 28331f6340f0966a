namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>LayerNorm in float64 with plain loops.</summary>
/// <remarks>
/// With the mean μ and the variance σ² (divided by n) of a row of n features, and ρ = 1/√(σ² + ε): x̂ = (x − μ) ρ,
/// y = x̂ w + b. For an upstream gradient g, with a = g w: dx = ρ (a − mean(a) − x̂ mean(a x̂)), dw = Σ over rows of g x̂,
/// db = Σ over rows of g.
/// Source: Ba et al. 2016, "Layer Normalization", arXiv:1607.06450, equation 3.
/// </remarks>
public static class LayerNormOracle
{
    /// <summary>Computes y.</summary>
    /// <param name="x"><c>[rows, n]</c>.</param>
    /// <param name="weight"><c>[n]</c>.</param>
    /// <param name="bias"><c>[n]</c>.</param>
    /// <param name="eps">ε, added to the variance.</param>
    /// <returns><c>[rows, n]</c>.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit one another.</exception>
    public static double[] Forward(double[] x, double[] weight, double[] bias, double eps)
    {
        ArrayLength.Require(bias, weight.Length, nameof(bias));
        var y = Normalize(x, weight.Length, eps).Normalized;
        for (var i = 0; i < y.Length; i++) y[i] = y[i] * weight[i % weight.Length] + bias[i % weight.Length];
        return y;
    }

    /// <summary>
    /// Computes |w| (|x̂| + κ) + |b| of every element, with κ = RMS(x) ρ of its row: the scale of its rounding errors.
    /// </summary>
    /// <inheritdoc cref="Forward"/>
    public static double[] Scale(double[] x, double[] weight, double[] bias, double eps)
    {
        ArrayLength.Require(bias, weight.Length, nameof(bias));
        var n = weight.Length;
        var (scale, rho) = Normalize(x, n, eps);
        for (var i = 0; i < scale.Length; i++)
        {
            var ratio = Math.Sqrt(x.AsSpan(i / n * n, n).ToArray().Average(value => value * value)) * rho[i / n];
            scale[i] = Math.Abs(weight[i % n]) * (Math.Abs(scale[i]) + ratio) + Math.Abs(bias[i % n]);
        }
        return scale;
    }

    /// <summary>Computes the gradients of a scalar by x, weight and bias, given its gradient by y.</summary>
    /// <param name="x"><c>[rows, n]</c>.</param>
    /// <param name="weight"><c>[n]</c>.</param>
    /// <param name="eps">ε, added to the variance.</param>
    /// <param name="gradient">Gradient by y, <c>[rows, n]</c>.</param>
    /// <returns>Gradients by x <c>[rows, n]</c>, by the weight <c>[n]</c> and by the bias <c>[n]</c>.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit one another.</exception>
    public static (double[] X, double[] Weight, double[] Bias) Backward(
        double[] x, double[] weight, double eps, double[] gradient)
    {
        ArrayLength.Require(gradient, x.Length, nameof(gradient));
        var n = weight.Length;
        var (normalized, rho) = Normalize(x, n, eps);
        var (dx, dw, db) = (new double[x.Length], new double[n], new double[n]);
        for (var r = 0; r < rho.Length; r++)
        {
            var (mean, inner) = (0.0, 0.0);
            for (var i = 0; i < n; i++)
            {
                var g = gradient[r * n + i];
                mean += g * weight[i] / n;
                inner += g * weight[i] * normalized[r * n + i] / n;
                dw[i] += g * normalized[r * n + i];
                db[i] += g;
            }
            for (var i = 0; i < n; i++)
                dx[r * n + i] = rho[r] * (gradient[r * n + i] * weight[i] - mean - normalized[r * n + i] * inner);
        }
        return (dx, dw, db);
    }

    private static (double[] Normalized, double[] Rho) Normalize(double[] x, int n, double eps)
    {
        var rho = new double[ArrayLength.Rows(x, n, nameof(x))];
        var normalized = new double[x.Length];
        for (var r = 0; r < rho.Length; r++)
        {
            var row = x.AsSpan(r * n, n).ToArray();
            var mean = row.Average();
            rho[r] = 1 / Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + eps);
            for (var i = 0; i < n; i++) normalized[r * n + i] = (row[i] - mean) * rho[r];
        }
        return (normalized, rho);
    }
}
