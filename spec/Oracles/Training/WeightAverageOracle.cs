namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Exponential moving average in float64, as a weighted sum of all values.</summary>
/// <remarks>
/// Of w₁ … w_k: Σ d^(k−i)·w_i ÷ Σ d^(k−i). Source: Kingma &amp; Ba 2015, arXiv:1412.6980, section 3, for a sum that does not
/// begin with w₀.
/// </remarks>
public static class WeightAverageOracle
{
    /// <summary>Averages tensors.</summary>
    /// <param name="values">w₁ … w_k.</param>
    /// <param name="decay">d.</param>
    public static double[] Average(IReadOnlyList<double[]> values, double decay)
    {
        double[] factors = [.. values.Select((_, i) => Math.Pow(decay, values.Count - 1 - i))];
        var sum = factors.Sum();
        return
        [
            .. Enumerable.Range(0, values[0].Length)
                .Select(element => values.Select((value, i) => factors[i] * value[element]).Sum() / sum),
        ];
    }

    /// <summary>Continues from an average of k − 1 tensors.</summary>
    /// <param name="before">The average of w₁ … w_(k−1); ignored if k = 1.</param>
    /// <param name="last">w_k.</param>
    /// <param name="decay">d.</param>
    /// <param name="updates">k.</param>
    public static double[] Continue(double[] before, double[] last, double decay, long updates)
    {
        var earlier = 0.0;
        for (var i = 1L; i < updates; i++) earlier += Math.Pow(decay, i);
        return [.. before.Zip(last, (b, w) => (earlier * b + w) / (earlier + 1))];
    }
}
