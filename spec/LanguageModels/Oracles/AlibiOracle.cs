namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Attention with linear biases: slopes and bias in float64.</summary>
/// <remarks>
/// Slope of head h = 1…n is 2^(−8h/n); bias of query i on key j is −slope·(i−j) for j ≤ i and −∞ for j &gt; i.
/// The formula holds for every n: the interleaving that some programs use when n is not a power of two is not used here.
/// Source: Press et al. 2022, "Train Short, Test Long", arXiv:2108.12409, section 3; reference report section 3.
/// </remarks>
public static class AlibiOracle
{
    /// <summary>The slopes, first head first.</summary>
    /// <param name="heads">Number of query heads, n.</param>
    /// <returns><c>[n]</c>, falling from 2^(−8/n) to 2^−8.</returns>
    public static double[] Slopes(int heads)
    {
        var slopes = new double[heads];
        for (var h = 0; h < heads; h++) slopes[h] = Math.Pow(2, -8.0 * (h + 1) / heads);
        return slopes;
    }

    /// <summary>What is added to the scaled scores; −∞ above the diagonal, 0 on it.</summary>
    /// <param name="heads">Number of query heads.</param>
    /// <param name="time">Sequence length.</param>
    /// <returns><c>[heads, time, time]</c>: head, query, key.</returns>
    public static double[] Bias(int heads, int time)
    {
        var slopes = Slopes(heads);
        var bias = new double[heads * time * time];
        for (var h = 0; h < heads; h++)
            for (var i = 0; i < time; i++)
                for (var j = 0; j < time; j++)
                    bias[(h * time + i) * time + j] = j <= i ? -slopes[h] * (i - j) : double.NegativeInfinity;
        return bias;
    }
}
