using TurkishLlm.Monitoring.Progress;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>A point of a chart, which summarizes consecutive values.</summary>
/// <param name="X">End of the range: a step, a number of tokens or a time.</param>
/// <param name="Low">Lowest value of the range.</param>
/// <param name="High">Highest value of the range.</param>
/// <param name="Smooth">Moving average at the end of the range.</param>
internal readonly record struct CurvePoint(double X, double Low, double High, double Smooth);

/// <summary>A quantity over the course of training, downsampled for a chart.</summary>
internal sealed class Curve
{
    private Curve(IReadOnlyList<CurvePoint> points, IReadOnlyList<double> notFinite, double last, bool isSmoothed) =>
        (Points, NonFinite, Last, IsSmoothed) = (points, notFinite, last, isSmoothed);

    /// <summary>The points, at most as many as requested.</summary>
    public IReadOnlyList<CurvePoint> Points { get; }

    /// <summary>Positions of values that are not finite.</summary>
    public IReadOnlyList<double> NonFinite { get; }

    /// <summary>The last finite value, or NaN.</summary>
    public double Last { get; }

    /// <summary>True if the line is the moving average of the values.</summary>
    public bool IsSmoothed { get; }

    /// <param name="values">Positions, ascending, and values.</param>
    /// <param name="smooth">
    /// True for the moving average of <see cref="RunProgress.SmoothedLoss"/>; false for the values themselves.
    /// </param>
    /// <param name="logarithmic">True for equal numbers of points per power of ten.</param>
    /// <param name="maxPoints">Largest number of points.</param>
    public static Curve FromValues(
        IEnumerable<(double X, double Value)> values,
        bool smooth = true,
        bool logarithmic = false,
        int maxPoints = 300)
    {
        var all = values.ToArray();
        var finite = all.Where(v => double.IsFinite(v.Value)).ToArray();
        var mean = new ExponentialMovingAverage(smooth ? ExponentialMovingAverage.DefaultDecay : 0);
        var points = new List<CurvePoint>();
        for (int i = 0, from = 0, to; from < finite.Length; i++, from = to)
        {
            to = Math.Max(from + 1, End(i + 1, Math.Min(maxPoints, finite.Length), finite.Length, logarithmic));
            foreach (var (_, value) in finite[from..to]) mean.Add(value);
            points.Add(new(finite[to - 1].X, finite[from..to].Min(v => v.Value), finite[from..to].Max(v => v.Value), mean.Value));
        }
        return new(
            points,
            [.. all.Where(v => !double.IsFinite(v.Value)).Select(v => v.X)],
            finite.Length > 0 ? finite[^1].Value : double.NaN, smooth);
    }

    // End of the i-th of n ranges.
    private static int End(int i, int stretches, int count, bool logarithmic) => i >= stretches ? count
        : logarithmic ? (int)Math.Pow(count, (double)i / stretches) : (int)((long)i * count / stretches);
}
