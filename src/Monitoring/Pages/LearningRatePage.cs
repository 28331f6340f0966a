using System.Globalization;
using TurkishLlm.Monitoring.Diagnosis;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders a learning-rate range test: loss over learning rate, and a table of its steps.</summary>
public static class LearningRatePage
{
    /// <summary>Renders the page.</summary>
    /// <param name="name">Name of the plan.</param>
    /// <param name="curve">The steps.</param>
    /// <param name="summary">What the curve suggests, as text.</param>
    /// <param name="lossUnit">Unit of the loss.</param>
    public static string RenderHtml(string name, LearningRateCurve curve, string summary, string lossUnit)
    {
        ArgumentNullException.ThrowIfNull(curve);
        var title = $"{name} · learning-rate range test";
        var rows = curve.Points.Select(point => (IReadOnlyList<string>)
            [FormatRate(point.Rate), PageNumber.Format(point.Loss), PageNumber.Format(point.Smoothed)]);
        return HtmlPage.Render(title, Html.From(
            $"""
            {HtmlPage.RenderHeader(title, Html.From($"{curve.Points.Count} steps"))}
            <p>{summary}</p>
            {ResponsiveCharts.RenderCard("rates", ("by learning rate", size => CreateChart(curve, lossUnit, size)))}
            <h2>Steps</h2>
            <div class="card">{HtmlTable.Render(["learning rate", "loss", "smoothed"], rows)}</div>
            """));
    }

    private static Chart CreateChart(
        LearningRateCurve curve, string lossUnit, (double Width, double Height, int Ticks) size) =>
        new(
            $"Loss over learning rate, {lossUnit}",
            [
                CreateLine("loss of a step", "step", curve, point => point.Loss),
                CreateLine("smoothed", "smoothed", curve, point => point.Smoothed),
            ],
            PageNumber.Format)
        {
            Width = size.Width,
            Height = size.Height,
            YTickCount = size.Ticks,
            Logarithmic = true,
            FormatX = FormatRate,
            FormatXTick = FormatRate,
            Best = curve.Steepest is { } best ? new("suggested", [(best.Rate, best.Smoothed)]) : null,
        };

    private static ChartLine CreateLine(
        string name, string key, LearningRateCurve curve, Func<LearningRatePoint, double> value) =>
        new(name, Curve.FromValues(curve.Points.Select(point => (point.Rate, value(point))), smooth: false), key);

    private static string FormatRate(double rate) => rate.ToString("0.0e-0", CultureInfo.InvariantCulture);
}
