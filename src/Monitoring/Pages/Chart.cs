using System.Globalization;
using TurkishLlm.Runs;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders curves as SVG. Hovering shows the values, with CSS alone.</summary>
/// <param name="title">Title of the chart.</param>
/// <param name="lines">The curves; the raw values of a single curve are drawn under it.</param>
/// <param name="format">Formats a value.</param>
internal sealed class Chart(string title, IReadOnlyList<ChartLine> lines, Func<double, string> format)
{
    private const double Left = 58, Right = 16, Top = 48, Bottom = 30;
    private const int Columns = 60, MaxDots = 40, MaxReadings = 6;

    private ChartScale? _scale;

    /// <summary>Width of the drawing; it scales to the page.</summary>
    public double Width { get; init; } = 480;

    /// <summary>Height of the drawing.</summary>
    public double Height { get; init; } = 250;

    /// <summary>Approximate number of ticks of the value axis.</summary>
    public int YTickCount { get; init; } = 3;

    /// <summary>Single points, such as validation losses; null for none.</summary>
    public ChartMarks? Marks { get; init; }

    /// <summary>The point to single out, such as the best checkpoint; null for none.</summary>
    public ChartMarks? Best { get; init; }

    /// <summary>A bound to draw as a line if the curve comes near it; null for none.</summary>
    public (double Value, string Name)? Limit { get; init; }

    /// <summary>Events, with their description.</summary>
    public IReadOnlyList<(double X, string What)> Events { get; init; } = [];

    /// <summary>True if the value axis starts at zero.</summary>
    public bool FromZero { get; init; }

    /// <summary>True for logarithmic axes.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Formats a position in a reading, such as "step 1,000".</summary>
    public Func<double, string> FormatX { get; init; } = x => string.Create(CultureInfo.InvariantCulture, $"step {x:N0}");

    /// <summary>Formats a tick of the horizontal axis.</summary>
    public Func<double, string> FormatXTick { get; init; } = ShortNumber.Format;

    private bool IsSingle => lines.Count == 1;

    private ChartScale Scale => _scale ??= new(this, lines, Left, Right, Top, Bottom);

    /// <summary>Names everything that the chart shows.</summary>
    public IEnumerable<LegendEntry> GetLegend()
    {
        foreach (var (number, line) in lines.Index())
            if (line.Curve.Points.Count > 0)
                yield return LegendEntry.ForLine(
                    GetLineClass(number), line.Key.Length > 0 && line.Key != line.Name ? $"{line.Key}: {line.Name}" : line.Name);
        if (Scale.IsEmpty) yield break;
        if (HasBand) yield return LegendEntry.ForBand("range of single steps");
        if (Scale.Marks.Count > 0) yield return LegendEntry.ForMark(Marks!.Name);
        if (Scale.Best.Count > 0) yield return LegendEntry.ForText("best", "★", Best!.Name);
        if (Scale.HasLimit) yield return LegendEntry.ForLine("limit", Limit!.Value.Name);
        if (Scale.Events.Count > 0) yield return LegendEntry.ForLine("event", "event, listed under Events");
        if (Scale.NonFinite.Count > 0) yield return LegendEntry.ForText("bad", "×", "not a finite number");
    }

    /// <summary>Renders the chart with its legend.</summary>
    public Html Render() => Html.Concat(RenderSvg(), Legend.Render(GetLegend()));

    /// <summary>Renders the drawing.</summary>
    public Html RenderSvg()
    {
        if (Scale.IsEmpty)
            return Html.From(
                $"""
                <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}: no data"><text class="title" x="0" y="16">{title}</text>
                <text class="none" x="{Width / 2}" y="{Height / 2}" text-anchor="middle">no data</text></svg>

                """);
        var summary = string.Join(", ", lines.Where(line => line.Curve.Points.Count > 0).Select(Describe));
        return Html.From(
            $"""
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}: {summary}">
            <text class="title" x="0" y="16">{title}</text>
            {Scale.Vertical.Ticks.Select(tick => Html.From(
                $"<path class=\"grid\" d=\"M{Left} {Scale.Y(tick):F1}h{Scale.PlotWidth}\"/><text class=\"tick\" x=\"{Left - 8}\" y=\"{Scale.Y(tick) + 4:F1}\" text-anchor=\"end\">{FormatTick(tick)}</text>\n"))}
            {Scale.Horizontal.Ticks.Select(tick => Html.From(
                $"<text class=\"tick\" x=\"{Scale.X(tick):F1}\" y=\"{Height - Bottom + 20:F1}\" text-anchor=\"middle\">{FormatXTick(tick)}</text>\n"))}
            {Scale.Events.Select(e => Html.From(
                $"<path class=\"event\" d=\"M{Scale.X(e.X):F1} {Top}v{Scale.PlotHeight}\"><title>{e.What}</title></path>\n"))}
            {RenderLimit()}
            {lines.Index().Where(line => line.Item.Curve.Points.Count > 0).Select(line => RenderLine(line.Index, line.Item.Curve))}
            {Scale.Marks.Select(mark => Html.From(
                $"<circle class=\"mark\" cx=\"{Scale.X(mark.X):F1}\" cy=\"{Scale.Y(mark.Value):F1}\" r=\"3.5\"/>\n"))}
            {Scale.Best.Select(best => Html.From(
                $"<text class=\"best\" x=\"{Scale.X(best.X):F1}\" y=\"{Scale.Y(best.Value) + 6:F1}\" text-anchor=\"middle\">★</text>\n"))}
            {Scale.NonFinite.Select(place => Html.From(
                $"<text class=\"bad\" x=\"{Scale.X(place):F1}\" y=\"{Height - Bottom - 3:F1}\" text-anchor=\"middle\">×</text>\n"))}
            {RenderLastReading()}
            {RenderReadings()}
            </svg>

            """);
    }

    private bool HasBand => lines is [{ Curve.IsSmoothed: true } only] && only.Curve.Points.Any(point => point.Low < point.High);

    private string GetLineClass(int number) =>
        IsSingle ? "line"
        : number < PageStyle.ColorCount ? string.Create(CultureInfo.InvariantCulture, $"line c{number}")
        : string.Create(CultureInfo.InvariantCulture, $"line c{number % PageStyle.ColorCount} thin");

    private Html RenderLimit() => !Scale.HasLimit ? Html.Empty
        : Html.From($"<path class=\"limit\" d=\"M{Left} {Scale.Y(Limit!.Value.Value):F1}h{Scale.PlotWidth}\"/>");

    private Html RenderLine(int number, Curve curve)
    {
        var points = curve.Points;
        var outline = points.Select(p => (p.X, p.High)).Concat(points.Reverse().Select(p => (p.X, p.Low)));
        var band = HasBand ? Html.From($"<path class=\"raw\" d=\"M{Path(outline)}z\"/>\n") : Html.Empty;
        // A line through few points does not show where they are, and one through a single point is invisible.
        var style = GetLineClass(number)["line".Length..].TrimStart();
        var dots = points.Count > MaxDots ? [] : points.Select(p => Html.From(
            $"<circle class=\"{$"dot {style}".TrimEnd()}\" cx=\"{Scale.X(p.X):F1}\" cy=\"{Scale.Y(p.Smooth):F1}\" r=\"2.5\"/>"));
        return Html.From(
            $"{band}<path class=\"{GetLineClass(number)}\" d=\"M{Path(points.Select(p => (p.X, p.Smooth)))}\"/>\n{dots}");
    }

    private string Path(IEnumerable<(double X, double Y)> points) => string.Join('L', points.Select(point =>
        string.Create(CultureInfo.InvariantCulture, $"{Scale.X(point.X):F1} {Scale.Y(point.Y):F1}")));

    // The reading below the title while the pointer is elsewhere; a name for every number.
    private Html RenderLastReading()
    {
        if (!IsSingle) return Html.Empty;
        var curve = lines[0].Curve;
        var smoothed = curve.Points[^1].Smooth;
        var parts = new List<Html>();
        if (Scale.Marks.Count > 0)
            parts.Add(Html.From($"<tspan class=\"marktext\">last {Marks!.Name} {format(Scale.Marks[^1].Value)}</tspan>"));
        parts.Add(Html.From($"{(curve.IsSmoothed ? "last step" : "last")} {format(curve.Last)}"));
        if (curve.IsSmoothed) parts.Add(Html.From($"smoothed {format(smoothed)}"));
        var reading = Html.Join(Html.From($" · "), parts);
        return Html.From($"<text class=\"reading last\" x=\"{Width - Right}\" y=\"36\" text-anchor=\"end\">{reading}</text>\n");
    }

    // One invisible column per point; the style sheet shows the reading of the column under the pointer.
    private IEnumerable<Html> RenderReadings()
    {
        var longest = lines.Where(line => line.Curve.Points.Count > 0).MaxBy(line => line.Curve.Points[^1].X)!.Curve.Points;
        var count = Math.Min(Columns, longest.Count);
        var left = Left;
        for (var i = 0; i < count; i++)
        {
            var place = longest[(int)((i + 1L) * longest.Count / count) - 1].X;
            var right = i == count - 1 ? Width - Right : Scale.X(place);
            var (dots, readings) = ReadAt(place);
            yield return Html.From(
                $"""
                <g class="h"><rect x="{left:F1}" y="0" width="{Math.Max(0, right - left):F1}" height="{Height - Bottom}"/><path d="M{Scale.X(place):F1} {Top}v{Scale.PlotHeight}"/>{dots}<text class="reading" x="{Width - Right}" y="36" text-anchor="end">{FormatX(place)} · {Html.Join(Html.From($" · "), readings)}</text></g>

                """);
            left = right;
        }
    }

    private (List<Html> Dots, List<Html> Readings) ReadAt(double place)
    {
        var (dots, readings) = (new List<Html>(), new List<Html>());
        foreach (var (number, line) in lines.Index())
        {
            var points = line.Curve.Points;
            if (points.Count == 0 || (points[^1].X < place && !IsSingle)) continue;
            var at = points.First(p => p.X >= place || p == points[^1]);
            var style = GetLineClass(number)["line".Length..].TrimStart();
            dots.Add(Html.From(
                $"<circle class=\"{style}\" cx=\"{Scale.X(at.X):F1}\" cy=\"{Scale.Y(at.Smooth):F1}\" r=\"3.5\"/>"));
            if (readings.Count == MaxReadings) continue;
            readings.Add(IsSingle ? Html.FromText(format(at.Smooth))
                : Html.From($"<tspan class=\"{style}\">{line.Key} {format(at.Smooth)}</tspan>"));
        }
        return (dots, readings);
    }

    private string Describe(ChartLine line) =>
        $"{(IsSingle ? "" : line.Name + " ")}from {format(line.Curve.Points[0].Smooth)} to "
        + $"{format(line.Curve.Points[^1].Smooth)}, {FormatX(line.Curve.Points[^1].X)}";

    // "4" instead of "4.00": ticks are round numbers.
    private string FormatTick(double value)
    {
        var text = format(value);
        return
            text.Contains('.', StringComparison.Ordinal)
            && char.IsAsciiDigit(text[^1])
            && !text.Contains('e', StringComparison.Ordinal)
            ? text.TrimEnd('0').TrimEnd('.')
            : text;
    }
}
