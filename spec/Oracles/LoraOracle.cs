namespace TurkishLlm.Spec.Oracles;

/// <summary>A low-rank addition to a matrix, W + (alpha ÷ rank)·B·A, in float64 with plain loops.</summary>
/// <remarks>
/// With s = alpha ÷ rank and G the gradient by the sum: dA = s·Bᵀ·G, dB = s·G·Aᵀ.
/// Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685, section 4.1.
/// </remarks>
public static class LoraOracle
{
    /// <summary>Computes the merged matrix.</summary>
    /// <param name="weight">W, <c>[out, in]</c>.</param>
    /// <param name="a">A, <c>[rank, in]</c>.</param>
    /// <param name="b">B, <c>[out, rank]</c>.</param>
    /// <param name="rank">rank.</param>
    /// <param name="alpha">alpha.</param>
    /// <returns><c>[out, in]</c>.</returns>
    public static double[] Merge(double[] weight, double[] a, double[] b, int rank, double alpha)
    {
        var (inputs, outputs) = Sizes(weight, a, b, rank);
        var merged = new double[weight.Length];
        for (var o = 0; o < outputs; o++)
            for (var i = 0; i < inputs; i++)
            {
                var sum = 0.0;
                for (var r = 0; r < rank; r++) sum += b[o * rank + r] * a[r * inputs + i];
                merged[o * inputs + i] = weight[o * inputs + i] + alpha / rank * sum;
            }
        return merged;
    }

    /// <summary>Gradients of a scalar by A and B, given its gradient by the sum.</summary>
    /// <param name="gradient">G, <c>[out, in]</c>.</param>
    /// <param name="a">A, <c>[rank, in]</c>.</param>
    /// <param name="b">B, <c>[out, rank]</c>.</param>
    /// <param name="rank">rank.</param>
    /// <param name="alpha">alpha.</param>
    /// <returns>Gradients by A <c>[rank, in]</c> and by B <c>[out, rank]</c>.</returns>
    public static (double[] A, double[] B) Backward(double[] gradient, double[] a, double[] b, int rank, double alpha)
    {
        var (inputs, outputs) = Sizes(gradient, a, b, rank);
        var (da, db) = (new double[a.Length], new double[b.Length]);
        for (var o = 0; o < outputs; o++)
            for (var i = 0; i < inputs; i++)
                for (var r = 0; r < rank; r++)
                {
                    da[r * inputs + i] += alpha / rank * b[o * rank + r] * gradient[o * inputs + i];
                    db[o * rank + r] += alpha / rank * gradient[o * inputs + i] * a[r * inputs + i];
                }
        return (da, db);
    }

    private static (int Inputs, int Outputs) Sizes(double[] matrix, double[] a, double[] b, int rank)
    {
        var (inputs, outputs) = (ArrayLength.Rows(a, rank, nameof(a)), ArrayLength.Rows(b, rank, nameof(b)));
        ArrayLength.Require(matrix, outputs * inputs, nameof(matrix));
        return (inputs, outputs);
    }
}
