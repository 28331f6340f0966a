namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Noise of a curve around its trend.</summary>
internal static class CurveNoise
{
    /// <summary>Estimates the standard deviation of a single value around the trend; NaN for fewer than five values.</summary>
    public static double Estimate(IReadOnlyList<double> values)
    {
        if (values.Count < 5) return double.NaN;
        // Third differences cancel any smooth trend; their median ignores single jumps.
        return Scale(Enumerable
            .Range(3, values.Count - 3)
            .Select(i => values[i] - 3 * values[i - 1] + 3 * values[i - 2] - values[i - 3]), Math.Sqrt(20));
    }

    /// <summary>
    /// Estimates the same from a curve of few values with a sharp minimum, which is in most of the third differences.
    /// </summary>
    public static double EstimateAroundMinimum(IReadOnlyList<double> values) => values.Count < 5 ? double.NaN
        : Math.Min(Estimate(values), Scale(Enumerable
            .Range(2, values.Count - 2)
            .Select(i => values[i] - 2 * values[i - 1] + values[i - 2]), Math.Sqrt(6)));

    private static double Scale(IEnumerable<double> differences, double factor)
    {
        var sorted = differences.Select(Math.Abs).Order().ToArray();
        return 1.4826 * sorted[sorted.Length / 2] / factor;
    }
}
