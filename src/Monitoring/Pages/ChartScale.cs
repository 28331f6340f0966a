namespace TurkishLlm.Monitoring.Pages;

/// <summary>The axes of a chart, and what is within them.</summary>
internal sealed class ChartScale
{
    private const int MaxNonFinite = 200;

    // A bound farther away than this would press the curve flat.
    private const double FarthestLimit = 2;

    private readonly double _left, _top;

    public ChartScale(Chart chart, IReadOnlyList<ChartLine> lines, double left, double right, double top, double bottom)
    {
        (_left, _top) = (left, top);
        (PlotWidth, PlotHeight) = (chart.Width - left - right, chart.Height - top - bottom);
        Marks = [.. (chart.Marks?.Points ?? []).Where(mark => double.IsFinite(mark.Value))];
        var points = lines.SelectMany(line => line.Curve.Points).ToArray();
        IsEmpty = points.Length == 0;
        if (IsEmpty)
        {
            Vertical = Horizontal = Axis.CreateExact(0, 1, 1);
            return;
        }
        var values = points
            .SelectMany(p => lines.Count == 1 ? [p.Low, p.High] : new[] { p.Smooth })
            .Concat(Marks.Select(mark => mark.Value))
            .ToList();
        HasLimit = chart.Limit is { Value: > 0 and var limit } && limit <= FarthestLimit * values.Max();
        if (HasLimit) values.Add(chart.Limit!.Value.Value);
        Vertical = Axis.CreateRounded(
            chart.FromZero ? Math.Min(0, values.Min()) : values.Min(), values.Max(), chart.YTickCount, chart.Logarithmic);
        var (first, last) = (points.Min(p => p.X), points.Max(p => p.X));
        if (!chart.Logarithmic) first = Math.Min(first, 1);
        Horizontal = Axis.CreateExact(first, Math.Max(last, first + 1e-9), chart.Width > 600 ? 8 : 4, chart.Logarithmic);
        Best = [.. (chart.Best?.Points ?? []).Where(best => double.IsFinite(best.Value))];
        Events = [.. chart.Events.Where(e => e.X >= first && e.X <= last)];
        NonFinite =
        [
            .. lines.SelectMany(line => line.Curve.NonFinite).Where(place => place >= first && place <= last).Take(MaxNonFinite),
        ];
    }

    public bool IsEmpty { get; }

    public double PlotWidth { get; }

    public double PlotHeight { get; }

    public Axis Vertical { get; }

    public Axis Horizontal { get; }

    public bool HasLimit { get; }

    public IReadOnlyList<(double X, double Value)> Marks { get; }

    public IReadOnlyList<(double X, double Value)> Best { get; } = [];

    public IReadOnlyList<(double X, string What)> Events { get; } = [];

    public IReadOnlyList<double> NonFinite { get; } = [];

    public double X(double place) => _left + PlotWidth * Horizontal.GetPosition(place);

    public double Y(double value) => _top + PlotHeight * (1 - Vertical.GetPosition(value));
}
