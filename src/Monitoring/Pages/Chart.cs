using System.Globalization;
using System.Text;
using TurkishLlm.Runs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>A line of a chart.</summary>
/// <param name="Name">Label of the line if there are several.</param>
/// <param name="Curve">The points.</param>
internal sealed record ChartLine(string Name, Curve Curve);

/// <summary>Renders curves as SVG. Hovering shows the values, with CSS alone.</summary>
/// <param name="title">Title of the chart.</param>
/// <param name="lines">The curves; the raw values of a single curve are drawn under it.</param>
/// <param name="format">Formats a value.</param>
internal sealed class Chart(string title, IReadOnlyList<ChartLine> lines, Func<double, string> format)
{
    private const double Left = 58, Right = 16, Top = 44, Bottom = 30;
    private const int Columns = 60;

    /// <summary>Width of the drawing; it scales to the page.</summary>
    public double Width { get; init; } = 480;

    /// <summary>Height of the drawing.</summary>
    public double Height { get; init; } = 240;

    /// <summary>Approximate number of ticks of the value axis.</summary>
    public int YTickCount { get; init; } = 3;

    /// <summary>Single values to mark, such as validation losses.</summary>
    public IReadOnlyList<(double X, double Value)> Marks { get; init; } = [];

    /// <summary>Legend of the marks.</summary>
    public string MarksTitle { get; init; } = "";

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

    private double PlotWidth => Width - Left - Right;

    private double PlotHeight => Height - Top - Bottom;

    /// <summary>Renders the chart.</summary>
    public string RenderSvg()
    {
        var drawn = lines.Index().Where(line => line.Item.Curve.Points.Count > 0).ToArray();
        if (drawn.Length == 0)
            return Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\"><text class=\"title\" x=\"{Left}\" ")
                + Invariant($"y=\"18\">{title}</text><text class=\"none\" x=\"{Width / 2}\" y=\"{Height / 2}\" ")
                + Invariant($"text-anchor=\"middle\">no data</text></svg>");

        var marks = Marks.Where(mark => double.IsFinite(mark.Value)).ToArray();
        var points = drawn.SelectMany(line => line.Item.Curve.Points).ToArray();
        var single = lines.Count == 1;
        var values = points
            .SelectMany(p => single ? [p.Low, p.High] : new[] { p.Smooth })
            .Concat(marks.Select(m => m.Value))
            .ToArray();
        var vertical = Axis.CreateRounded(
            FromZero ? Math.Min(0, values.Min()) : values.Min(), values.Max(), YTickCount, Logarithmic);
        var (first, last) = (points.Min(p => p.X), points.Max(p => p.X));
        if (!Logarithmic) first = Math.Min(first, 1);
        var horizontal = Axis.CreateExact(first, Math.Max(last, first + 1e-9), Width > 600 ? 8 : 4, Logarithmic);

        double X(double place) => Left + PlotWidth * horizontal.GetPosition(place);
        double Y(double value) => Top + PlotHeight * (1 - vertical.GetPosition(value));

        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{title}: "
                + $"{string.Join(", ", drawn.Select(line => Summary(line.Item)))}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"0\" y=\"16\">{title}</text>\n");
        foreach (var tick in vertical.Ticks)
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<path class=\"grid\" d=\"M{Left} {Y(tick):F1}h{PlotWidth}\"/><text class=\"tick\" x=\"{Left - 8}\" "
                    + $"y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{Tick(tick)}</text>\n");
        foreach (var tick in horizontal.Ticks)
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text class=\"tick\" x=\"{X(tick):F1}\" y=\"{Height - Bottom + 18:F1}\" text-anchor=\"middle\">"
                    + $"{FormatXTick(tick)}</text>\n");

        foreach (var (place, what) in Events.Where(e => e.X >= first && e.X <= last))
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<path class=\"event\" d=\"M{X(place):F1} {Top}v{PlotHeight}\"><title>{what}</title></path>\n");
        foreach (var (number, line) in drawn) AppendLine(svg, line.Curve, single, number, X, Y);
        foreach (var (place, value) in marks)
            svg.Append(
                CultureInfo.InvariantCulture, $"<circle class=\"mark\" cx=\"{X(place):F1}\" cy=\"{Y(value):F1}\" r=\"3.5\"/>\n");
        foreach (
            var place in drawn
                .SelectMany(line => line.Item.Curve.NonFinite)
                .Where(place => place >= first && place <= last)
                .Take(200))
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text class=\"bad\" x=\"{X(place):F1}\" y=\"{Height - Bottom - 3:F1}\" " + $"text-anchor=\"middle\">×</text>\n"
            );
        AppendReadings(svg, [.. drawn.Select(line => line.Item)], marks, X, Y);
        return svg.Append("</svg>\n").ToString();
    }

    private static void AppendLine(
        StringBuilder svg, Curve curve, bool single, int number, Func<double, double> x, Func<double, double> y)
    {
        if (single)
        {
            var there = curve.Points.Select(p => Point(x(p.X), y(p.High)));
            var back = curve.Points.Reverse().Select(p => Point(x(p.X), y(p.Low)));
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"raw\" d=\"M{string.Join('L', there.Concat(back))}z\"/>\n");
        }
        var color = single ? "" : Invariant($" c{number % ReportStyle.ColorCount}");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<path class=\"line{color}\" d=\"M"
                + $"{string.Join('L', curve.Points.Select(p => Point(x(p.X), y(p.Smooth))))}\"/>\n");
    }

    // One invisible column per point; the style sheet shows the reading of the column under the pointer.
    private void AppendReadings(
        StringBuilder svg, ChartLine[] drawn, (double X, double Value)[] marks, Func<double, double> x, Func<double, double> y)
    {
        if (lines is [var only])
        {
            var shown = marks.Length > 0 ? $"<tspan class=\"marktext\">{MarksTitle} {format(marks[^1].Value)}</tspan>   " : "";
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text class=\"reading last\" x=\"{Width - Right}\" y=\"16\" text-anchor=\"end\">{shown}last "
                    + $"{format(only.Curve.Last)}</text>\n");
        }

        var longest = drawn.MaxBy(line => line.Curve.Points[^1].X)!.Curve.Points;
        var count = Math.Min(Columns, longest.Count);
        var left = Left;
        for (var i = 0; i < count; i++)
        {
            var place = longest[(int)((i + 1L) * longest.Count / count) - 1].X;
            var right = i == count - 1 ? Width - Right : x(place);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<g class=\"h\"><rect x=\"{left:F1}\" y=\"0\" width=\"{Math.Max(0, right - left):F1}\" height=\""
                    + $"{Height - Bottom}\"/><path d=\"M{x(place):F1} {Top}v{PlotHeight}\"/>");
            var readings = new List<string>();
            foreach (var line in drawn)
            {
                if (line.Curve.Points[^1].X < place && lines.Count > 1) continue;
                var at = line.Curve.Points.First(p => p.X >= place || p == line.Curve.Points[^1]);
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x(at.X):F1}\" cy=\"{y(at.Smooth):F1}\" r=\"3.5\"/>");
                readings.Add(lines.Count == 1 ? format(at.Smooth) : $"{line.Name} {format(at.Smooth)}");
            }
            // Several readings are drawn below the title, because they need the whole width.
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text class=\"reading\" x=\"{Width - Right}\" y=\"{(lines.Count == 1 ? 16 : 36)}\" "
                    + $"text-anchor=\"end\">{FormatX(place)} · {string.Join(" · ", readings)}</text></g>\n");
            left = right;
        }
    }

    private string Summary(ChartLine line) =>
        $"{(line.Name.Length > 0 ? line.Name + " " : "")}from {format(line.Curve.Points[0].Smooth)} to "
        + $"{format(line.Curve.Points[^1].Smooth)}, {FormatX(line.Curve.Points[^1].X)}";

    // "4" instead of "4.00": ticks are round numbers.
    private string Tick(double value)
    {
        var text = format(value);
        return
            text.Contains('.', StringComparison.Ordinal)
            && char.IsAsciiDigit(text[^1])
            && !text.Contains('e', StringComparison.Ordinal)
            ? text.TrimEnd('0').TrimEnd('.')
            : text;
    }

    private static string Point(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{x:F1} {y:F1}");
}
