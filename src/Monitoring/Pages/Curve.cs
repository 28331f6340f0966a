using TurkishLlm.Monitoring.Progress;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>One point of a chart: what a stretch of steps looked like.</summary>
/// <param name="X">Where the stretch ends: a step, a number of tokens or a time.</param>
/// <param name="Low">Least value of the stretch.</param>
/// <param name="High">Greatest value of the stretch.</param>
/// <param name="Smooth">Running mean at the end of the stretch.</param>
internal readonly record struct CurvePoint(double X, double Low, double High, double Smooth);

/// <summary>A quantity over the course of training, shortened so that a run of any length fits into a chart.</summary>
internal sealed class Curve
{
    private Curve(IReadOnlyList<CurvePoint> points, IReadOnlyList<double> notFinite, double last) =>
        (Points, NonFinite, Last) = (points, notFinite, last);

    /// <summary>At most as many points as were asked for.</summary>
    public IReadOnlyList<CurvePoint> Points { get; }

    /// <summary>Where the quantity was not a finite number.</summary>
    public IReadOnlyList<double> NonFinite { get; }

    /// <summary>The last finite value; NaN where there is none.</summary>
    public double Last { get; }

    /// <param name="values">Places, ascending, and values.</param>
    /// <param name="smooth">True for a running mean, the one of <see cref="RunProgress.SmoothedLoss"/>; false for the values themselves.</param>
    /// <param name="logarithmic">True to take as many points from 1 to 10 as from 1,000 to 10,000.</param>
    /// <param name="maxPoints">Most points to keep.</param>
    public static Curve FromValues(IEnumerable<(double X, double Value)> values, bool smooth = true, bool logarithmic = false, int maxPoints = 300)
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
        return new(points, [.. all.Where(v => !double.IsFinite(v.Value)).Select(v => v.X)], finite.Length > 0 ? finite[^1].Value : double.NaN);
    }

    // Where the i-th of so many stretches ends.
    private static int End(int i, int stretches, int count, bool logarithmic) => i >= stretches ? count
        : logarithmic ? (int)Math.Pow(count, (double)i / stretches) : (int)((long)i * count / stretches);
}
