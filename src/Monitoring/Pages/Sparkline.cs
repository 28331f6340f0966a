namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders a curve without axes, for a list of runs. Its shape is that of the loss chart of the report.</summary>
internal static class Sparkline
{
    private const double Width = 180, Height = 44, Margin = 3;
    private const int MaxPoints = 90;

    /// <param name="title">Description for screen readers.</param>
    /// <param name="values">Positions, ascending, and values.</param>
    public static Html Render(string title, IEnumerable<(double X, double Value)> values)
    {
        var points = Curve.FromValues(values, maxPoints: MaxPoints).Points;
        if (points.Count < 2) return Html.Empty;
        var (first, last) = (points[0].X, points[^1].X);
        var (low, high) = (points.Min(point => point.Smooth), points.Max(point => point.Smooth));
        var path = string.Join('L', points.Select(point =>
        {
            var (x, y) = ((point.X - first) / (last - first), high > low ? (high - point.Smooth) / (high - low) : 0.5);
            return FormattableString.Invariant($"{Place(x, Width):F1} {Place(y, Height):F1}");
        }));
        return Html.From(
            $"""
            <svg class="spark" viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}"><path class="line" d="M{path}"/></svg>
            """);
    }

    private static double Place(double share, double length) => Margin + share * (length - 2 * Margin);
}
