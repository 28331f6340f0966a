using System.Globalization;
using System.Text;

namespace TurkishLlm.Training;

/// <summary>Draws a curve as SVG. Pointing at it shows the values there, by style sheet alone.</summary>
/// <param name="title">What is drawn.</param>
/// <param name="curve">The curve.</param>
/// <param name="format">Writes a value.</param>
internal sealed class Chart(string title, Curve curve, Func<double, string> format)
{
    private const double Left = 58, Right = 16, Top = 44, Bottom = 30;

    /// <summary>Width of the drawing; it scales to its place.</summary>
    public double Width { get; init; } = 480;

    /// <summary>Height of the drawing.</summary>
    public double Height { get; init; } = 240;

    /// <summary>About how many lines the value axis has.</summary>
    public int Lines { get; init; } = 3;

    /// <summary>Single values to mark, such as validation losses.</summary>
    public IReadOnlyList<(long Step, double Value)> Marks { get; init; } = [];

    /// <summary>What the marks are.</summary>
    public string MarksTitle { get; init; } = "";

    /// <summary>True where the value axis begins at zero.</summary>
    public bool FromZero { get; init; }

    private double PlotWidth => Width - Left - Right;

    private double PlotHeight => Height - Top - Bottom;

    /// <summary>The drawing.</summary>
    public string Svg()
    {
        if (curve.Points.Count == 0)
            return FormattableString.Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\"><text class=\"title\" x=\"{Left}\" y=\"18\">{title}</text><text class=\"none\" x=\"{Width / 2}\" y=\"{Height / 2}\" text-anchor=\"middle\">nothing to draw</text></svg>");

        var marks = Marks.Where(mark => double.IsFinite(mark.Value)).ToArray();
        var (first, last) = (Math.Min(curve.Points[0].Step, 1), Math.Max(curve.Points[^1].Step, 2));
        var values = curve.Points.SelectMany(p => new[] { p.Low, p.High }).Concat(marks.Select(m => m.Value)).ToArray();
        var ticks = Ticks(FromZero ? Math.Min(0, values.Min()) : values.Min(), values.Max(), Lines);
        var (low, high) = (ticks[0], ticks[^1]);

        double X(double step) => Left + PlotWidth * (step - first) / (last - first);
        double Y(double value) => Top + PlotHeight * (high - value) / (high - low);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{title}, last {format(curve.Last)}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"0\" y=\"16\">{title}</text>\n");
        foreach (var tick in ticks)
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{Left} {Y(tick):F1}h{PlotWidth}\"/><text class=\"tick\" x=\"{Left - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{Tick(tick)}</text>\n");
        foreach (var tick in Ticks(0, last, Width > 600 ? 8 : 4).Where(t => t <= last))
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{X(Math.Max(tick, first)):F1}\" y=\"{Height - Bottom + 18:F1}\" text-anchor=\"middle\">{ShortNumber.Of(tick)}</text>\n");

        AppendLines(svg, X, Y);
        foreach (var (step, value) in marks)
            svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"mark\" cx=\"{X(step):F1}\" cy=\"{Y(value):F1}\" r=\"3.5\"/>\n");
        foreach (var step in curve.NotFinite.Take(200))
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"bad\" x=\"{X(step):F1}\" y=\"{Height - Bottom - 3:F1}\" text-anchor=\"middle\">×</text>\n");
        AppendReadings(svg, marks, X, Y);
        return svg.Append("</svg>\n").ToString();
    }

    private void AppendLines(StringBuilder svg, Func<double, double> x, Func<double, double> y)
    {
        var there = curve.Points.Select(p => Point(x(p.Step), y(p.High)));
        var back = curve.Points.Reverse().Select(p => Point(x(p.Step), y(p.Low)));
        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"raw\" d=\"M{string.Join('L', there.Concat(back))}z\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"line\" d=\"M{string.Join('L', curve.Points.Select(p => Point(x(p.Step), y(p.Smooth))))}\"/>\n");
    }

    // One invisible column per stretch; the style sheet shows the reading of the one under the pointer.
    private void AppendReadings(StringBuilder svg, (long Step, double Value)[] marks, Func<double, double> x, Func<double, double> y)
    {
        var shown = marks.Length > 0 ? $"<tspan class=\"marktext\">{MarksTitle} {format(marks[^1].Value)}</tspan>   " : "";
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"reading last\" x=\"{Width - Right}\" y=\"16\" text-anchor=\"end\">{shown}last {format(curve.Last)}</text>\n");

        var count = Math.Min(100, curve.Points.Count);
        var column = PlotWidth / count;
        for (var i = 0; i < count; i++)
        {
            var point = curve.Points[(int)((i + 1L) * curve.Points.Count / count) - 1];
            svg.Append(CultureInfo.InvariantCulture, $"<g class=\"h\"><rect x=\"{Left + i * column:F1}\" y=\"0\" width=\"{column:F2}\" height=\"{Height - Bottom}\"/><path d=\"M{x(point.Step):F1} {Top}v{PlotHeight}\"/><circle cx=\"{x(point.Step):F1}\" cy=\"{y(point.Smooth):F1}\" r=\"3.5\"/><text class=\"reading\" x=\"{Width - Right}\" y=\"16\" text-anchor=\"end\">step {point.Step:N0} · {format(point.Smooth)}</text></g>\n");
        }
    }

    // 4 rather than 4.00: the lines of an axis are at round numbers.
    private string Tick(double value)
    {
        var text = format(value);
        return text.Contains('.', StringComparison.Ordinal) && char.IsAsciiDigit(text[^1]) && !text.Contains('e', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    private static string Point(double x, double y) => string.Create(CultureInfo.InvariantCulture, $"{x:F1} {y:F1}");

    // Round numbers 1, 2 or 5 × 10ⁿ apart that enclose the range.
    private static double[] Ticks(double low, double high, int about)
    {
        if (high <= low) (low, high) = (low - Math.Max(Math.Abs(low) * 0.1, 1e-12), high + Math.Max(Math.Abs(high) * 0.1, 1e-12));
        var rough = (high - low) / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var (from, to) = ((long)Math.Floor(low / step + 1e-9), (long)Math.Ceiling(high / step - 1e-9));
        return [.. Enumerable.Range(0, (int)(to - from) + 1).Select(i => (from + i) * step)];
    }
}
