namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Noise of a curve around its trend.</summary>
internal static class CurveNoise
{
    /// <summary>Estimates the standard deviation of a single value around the trend; NaN for fewer than five values.</summary>
    public static double Estimate(IReadOnlyList<double> values)
    {
        if (values.Count < 5) return double.NaN;
        // Third differences cancel any smooth trend; their median ignores single jumps.
        var third = Enumerable
            .Range(3, values.Count - 3)
            .Select(i => Math.Abs(values[i] - 3 * values[i - 1] + 3 * values[i - 2] - values[i - 3]))
            .Order()
            .ToArray();
        return 1.4826 * third[third.Length / 2] / Math.Sqrt(20);
    }
}
