namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Learning rate of a step: linear warm-up, then a line to the minimum.</summary>
/// <remarks>
/// η(n) = peak·n/W for n ≤ W; after that a line that begins with the peak at n = W + 1 and would reach the minimum at n = N + 1,
/// where it stays.
/// </remarks>
public static class LinearScheduleOracle
{
    /// <summary>η(n).</summary>
    /// <param name="n">Number of the step, from 1.</param>
    /// <param name="peak">Rate at the end of the warm-up.</param>
    /// <param name="minimum">Rate after the last step.</param>
    /// <param name="warmup">W, steps of warm-up; 0 for none.</param>
    /// <param name="steps">N, steps of the run.</param>
    public static double Rate(long n, double peak, double minimum, long warmup, long steps)
    {
        if (n <= warmup) return peak * n / warmup;
        if (n > steps) return minimum;
        var passed = (double)(n - warmup - 1) / (steps - warmup);
        return peak * (1 - passed) + minimum * passed;
    }
}
