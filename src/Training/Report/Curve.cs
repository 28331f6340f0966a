namespace TurkishLlm.Training;

/// <summary>One point of a chart: what a stretch of steps looked like.</summary>
/// <param name="Step">The last step of the stretch.</param>
/// <param name="Low">Least value of the stretch.</param>
/// <param name="High">Greatest value of the stretch.</param>
/// <param name="Smooth">Running mean at the end of the stretch.</param>
internal readonly record struct CurvePoint(long Step, double Low, double High, double Smooth);

/// <summary>A quantity over the steps of training, shortened so that a run of any length fits into a chart.</summary>
internal sealed class Curve
{
    private Curve(IReadOnlyList<CurvePoint> points, IReadOnlyList<long> notFinite, double last) =>
        (Points, NotFinite, Last) = (points, notFinite, last);

    /// <summary>At most as many points as were asked for.</summary>
    public IReadOnlyList<CurvePoint> Points { get; }

    /// <summary>Steps at which the quantity was not a finite number.</summary>
    public IReadOnlyList<long> NotFinite { get; }

    /// <summary>The last finite value; NaN where there is none.</summary>
    public double Last { get; }

    /// <param name="values">Steps, ascending, and values.</param>
    /// <param name="most">Most points to keep.</param>
    /// <param name="smoothing">
    /// The running mean remembers about this share of the run, and less at its beginning, where values still fall fast;
    /// 0 is no smoothing.
    /// </param>
    public static Curve Of(IReadOnlyList<(long Step, double Value)> values, int most = 400, double smoothing = 0.02)
    {
        var finite = values.Where(v => double.IsFinite(v.Value)).ToArray();
        var (mean, seen) = (0.0, 0);
        var points = new List<CurvePoint>();
        for (var i = 0; i < Math.Min(most, finite.Length); i++)
        {
            var stretch = finite[(int)((long)i * finite.Length / Math.Min(most, finite.Length))..(int)((i + 1L) * finite.Length / Math.Min(most, finite.Length))];
            foreach (var (_, value) in stretch)
            {
                mean += (value - mean) / Math.Max(1, Math.Min(smoothing * finite.Length, smoothing * 4 * seen++));
            }

            points.Add(new(stretch[^1].Step, stretch.Min(v => v.Value), stretch.Max(v => v.Value), mean));
        }

        return new(points, [.. values.Where(v => !double.IsFinite(v.Value)).Select(v => v.Step)], finite.Length > 0 ? finite[^1].Value : double.NaN);
    }
}
