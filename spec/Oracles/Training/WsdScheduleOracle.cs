namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Learning rate of a step: linear warm-up, the peak, and a decay to the minimum at the last step.</summary>
/// <remarks>
/// Of N steps the last D decay. η(n) = peak·n/W for n ≤ W, peak for W &lt; n ≤ N − D, and minimum + (peak − minimum)·f(p) with
/// p = (n − (N − D))/D after that, f(p) = 1 − p or 1 − √p; the minimum for n ≥ N. Source: Hu et al. 2024, arXiv:2404.06395,
/// equation 1; Hägele et al. 2024, arXiv:2405.18392, section 3.2.
/// </remarks>
public static class WsdScheduleOracle
{
    /// <summary>η(n).</summary>
    /// <param name="n">Number of the step, from 1.</param>
    /// <param name="peak">Rate at the end of the warm-up.</param>
    /// <param name="minimum">Rate at the last step.</param>
    /// <param name="warmup">W, steps of the warm-up; 0 for none.</param>
    /// <param name="steps">N, steps of the run.</param>
    /// <param name="decay">D, steps of the decay.</param>
    /// <param name="isRoot">True for 1 − √p.</param>
    public static double Rate(long n, double peak, double minimum, long warmup, long steps, long decay, bool isRoot)
    {
        if (n >= steps) return minimum;
        if (n <= warmup) return peak * n / warmup;
        var left = (double)(steps - n) / decay;     // 1 − p; above 1 before the decay
        if (left >= 1) return peak;
        var share = isRoot ? left / (1 + Math.Sqrt(1 - left)) : left;     // 1 − √p = (1 − p)/(1 + √p)
        return peak * share + minimum * (1 - share);
    }

    /// <summary>D: the share of all steps, to the nearest whole number, and at least one step.</summary>
    public static long CountDecaySteps(double ratio, long steps) => (long)Math.Max(1, Math.Round(ratio * steps));
}
