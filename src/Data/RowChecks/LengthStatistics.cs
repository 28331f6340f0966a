namespace TurkishLlm.Data.RowChecks;

/// <summary>The distribution of lengths of texts, and the limits outside of which a length is an outlier.</summary>
/// <param name="Median">Median, in bytes of UTF-8.</param>
/// <param name="Percentile1">First percentile.</param>
/// <param name="Percentile99">Percentile 99.</param>
/// <param name="Maximum">Maximum.</param>
/// <param name="LowLimit">Shorter texts are outliers.</param>
/// <param name="HighLimit">Longer texts are outliers.</param>
/// <remarks>
/// An outlier is more than five robust standard deviations (1.4826 × median absolute deviation) from the median, in logarithms of
/// lengths; the deviation counts as at least 0.2, so texts of equal lengths have no outliers nearby. Source: Leys et al. 2013,
/// "Detecting outliers". Spec: SFT-53.
/// </remarks>
public sealed record LengthStatistics(
    int Median, int Percentile1, int Percentile99, int Maximum, double LowLimit, double HighLimit)
{
    private const double Deviations = 5, MinDeviation = 0.2, ToStandardDeviation = 1.4826;

    /// <summary>Measures lengths.</summary>
    /// <param name="lengths">The lengths, each at least 0; may be empty.</param>
    public static LengthStatistics Measure(IEnumerable<int> lengths)
    {
        var sorted = lengths.Order().ToArray();
        if (sorted.Length == 0) return new(0, 0, 0, 0, 0, double.PositiveInfinity);
        var median = sorted[sorted.Length / 2];
        var center = Math.Log(median + 1.0);
        var distances = sorted.Select(length => Math.Abs(Math.Log(length + 1.0) - center)).Order().ToArray();
        var reach = Deviations * Math.Max(MinDeviation, ToStandardDeviation * distances[distances.Length / 2]);
        return new(
            median, sorted[(int)(0.01 * (sorted.Length - 1))], sorted[(int)(0.99 * (sorted.Length - 1))], sorted[^1],
            Math.Max(0, Math.Exp(center - reach) - 1), Math.Exp(center + reach) - 1);
    }

    /// <summary>Returns true for a length outside of the limits.</summary>
    public bool IsOutlier(int length) => length < LowLimit || length > HighLimit;
}
