namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Losses of a learning-rate range test, and the learning rates that they suggest.</summary>
/// <remarks>
/// A rate is worth using where the loss falls fastest per factor of the rate. The rate of the lowest loss is too high: there,
/// what is learned and what is destroyed are in balance. Source: Smith 2017, arXiv:1506.01186, section 3.3. Windows are
/// symmetric, so that no rate is shifted. Spec: OPT-27.
/// </remarks>
public sealed class LearningRateCurve
{
    private const int Radius = 4;
    private const double LeastFallInErrors = 6;

    /// <param name="points">The steps in order, at rates that rise by the same factor; losses that are not finite end it.</param>
    public LearningRateCurve(IReadOnlyList<(double Rate, double Loss)> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        var finite = points.TakeWhile(point => double.IsFinite(point.Loss)).ToArray();
        double[] losses = [.. finite.Select(point => point.Loss)];
        Points = [.. finite.Select((point, i) => new LearningRatePoint(point.Rate, point.Loss, Smooth(losses, i)))];
        if (Points.Count <= 2 * Radius) return;
        Lowest = Points.MinBy(point => point.Smoothed)!;
        if (Points[0].Smoothed - Lowest.Smoothed < LeastFallInErrors * EstimateError()) return;
        var last = Points.TakeWhile(point => point != Lowest).Count();
        Steepest = Points[Enumerable.Range(Radius, Points.Count - 2 * Radius).Where(i => i <= Math.Max(Radius, last))
            .MinBy(i => GetSlope(losses, i))];
    }

    /// <summary>The steps with a finite loss.</summary>
    public IReadOnlyList<LearningRatePoint> Points { get; }

    /// <summary>The step with the lowest smoothed loss; null after fewer than nine steps.</summary>
    public LearningRatePoint? Lowest { get; }

    /// <summary>
    /// The step at which the loss falls fastest, the suggestion; null if it does not fall by more than its noise.
    /// </summary>
    public LearningRatePoint? Steepest { get; }

    // The mean of as many neighbors on both sides, at most Radius.
    private static double Smooth(double[] losses, int i)
    {
        var radius = Math.Min(Radius, Math.Min(i, losses.Length - 1 - i));
        return losses.AsSpan(i - radius, 2 * radius + 1).ToArray().Average();
    }

    // Of the line through the neighbors, least squares; the rates of neighbors have one ratio.
    private static double GetSlope(double[] losses, int i)
    {
        var (sum, squares) = (0.0, 0.0);
        for (var offset = -Radius; offset <= Radius; offset++)
            (sum, squares) = (sum + offset * losses[i + offset], squares + offset * offset);
        return sum / squares;
    }

    // Standard error of a smoothed loss, from differences of neighboring losses before the lowest: a slope hardly adds to them.
    private double EstimateError()
    {
        double[] before = [.. Points.TakeWhile(point => point != Lowest).Select(point => point.Loss)];
        if (before.Length < 2) return double.PositiveInfinity;
        var variance = before.Zip(before.Skip(1), (a, b) => (a - b) * (a - b) / 2).Average();
        return Math.Sqrt(variance / (2 * Radius + 1));
    }
}

/// <summary>A step of a learning-rate range test.</summary>
/// <param name="Rate">Its learning rate.</param>
/// <param name="Loss">Its loss before the weights moved, in nats.</param>
/// <param name="Smoothed">Mean of the losses around it, in nats.</param>
public sealed record LearningRatePoint(double Rate, double Loss, double Smoothed);
