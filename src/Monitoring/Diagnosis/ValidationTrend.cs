namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Where a validation loss was lowest, and whether it has risen since.</summary>
/// <remarks>
/// Works with two measurements. The more there are, the smaller the rise that counts: five or more show their own noise; with
/// fewer, losses on the same validation data that differ by 1 % count as noise.
/// </remarks>
/// <param name="BestStep">Step with the lowest loss; the step before the first one if it was lowest before training.</param>
/// <param name="Best">The lowest loss.</param>
/// <param name="LastStep">Step of the last measurement.</param>
/// <param name="Last">Last loss.</param>
/// <param name="Since">Number of measurements after the lowest.</param>
/// <param name="IsRising">True if the rise since the lowest is more than noise.</param>
public sealed record ValidationTrend(long BestStep, double Best, long LastStep, double Last, int Since, bool IsRising)
{
    private const int EnoughForNoise = 5;
    private const double Least = 0.01;             // rises relative to the lowest loss: with known noise,
    private const double LeastInARow = 0.02;       // of two or more rises in a row,
    private const double LeastOfMean = 0.03;       // of the mean of the last two measurements,
    private const double LeastOfOne = 0.04;        // and of a single measurement

    /// <summary>Rise since the lowest loss ÷ the lowest loss.</summary>
    public double RelativeRise => (Last - Best) / Best;

    /// <summary>Describes a series of losses; null if there are fewer than two.</summary>
    /// <param name="losses">Step and loss of each measurement, ascending; all losses are finite.</param>
    public static ValidationTrend? Describe(IReadOnlyList<(long Step, double Loss)> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        if (losses.Count < 2) return null;
        var best = 0;
        for (var i = 1; i < losses.Count; i++)
            if (losses[i].Loss < losses[best].Loss) best = i;
        var since = losses.Count - 1 - best;
        return new(
            losses[best].Step, losses[best].Loss, losses[^1].Step, losses[^1].Loss, since,
            since > 0 && IsSignificant(losses, best));
    }

    private static bool IsSignificant(IReadOnlyList<(long Step, double Loss)> losses, int best)
    {
        var (lowest, since) = (losses[best].Loss, losses.Count - 1 - best);
        var last = losses[^1].Loss - lowest;
        var noise = losses.Count < EnoughForNoise ? 0 : CurveNoise.EstimateAroundMinimum([.. losses.Select(value => value.Loss)]);
        if (since == 1) return last > Math.Max(8 * noise, LeastOfOne * lowest);
        var mean = (losses[^1].Loss + losses[^2].Loss) / 2 - lowest;
        if (losses.Count >= EnoughForNoise) return mean > Math.Max(4 * noise, Least * lowest);
        var rising = Enumerable.Range(best + 1, since).All(i => losses[i].Loss > losses[i - 1].Loss);
        return rising ? last > LeastInARow * lowest : mean > LeastOfMean * lowest;
    }
}
