namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Learning rate of a step: linear warm-up, then a half cosine.</summary>
/// <remarks>
/// For the n-th step, n = 1 … N, with warm-up W: η(n) = peak·n/W for n ≤ W, and
/// minimum + (peak − minimum)(1 + cos(π (n − W)/(N − W)))/2 for n &gt; W. So η(W) = peak and η(N) = minimum; after N
/// it stays there. Source: Loshchilov &amp; Hutter 2017, "SGDR", arXiv:1608.03983, equation 5, one cycle;
/// reference report section 10.
/// </remarks>
public static class CosineScheduleOracle
{
    /// <summary>η(n).</summary>
    /// <param name="n">Number of the step, from 1.</param>
    /// <param name="peak">Rate at the end of the warm-up.</param>
    /// <param name="minimum">Rate at the last step.</param>
    /// <param name="warmup">W, steps of warm-up; 0 for none.</param>
    /// <param name="steps">N, steps of the run.</param>
    public static double Rate(long n, double peak, double minimum, long warmup, long steps)
    {
        if (n <= warmup) return peak * n / warmup;
        if (n >= steps) return minimum;
        var progress = (double)(n - warmup) / (steps - warmup);
        return minimum + (peak - minimum) * (1 + Math.Cos(Math.PI * progress)) / 2;
    }
}
