namespace TurkishLlm.Monitoring.Pages;

/// <summary>An entry of a legend: a mark as it is drawn, and its name.</summary>
/// <param name="Mark">The mark.</param>
/// <param name="Name">What it represents.</param>
public sealed record LegendEntry(Html Mark, string Name)
{
    private static readonly Html BandShape = Html.From($"<path class=\"raw\" d=\"M1 2h32v9h-32z\"/>");

    /// <summary>A colored area, by its class in the style sheet.</summary>
    public static LegendEntry ForArea(string style, string name) => new(Html.From($"<i class=\"swatch {style}\"></i>"), name);

    internal static LegendEntry ForLine(string style, string name) =>
        new(Draw(Html.From($"<path class=\"{style}\" d=\"M1 6h32\"/>")), name);

    internal static LegendEntry ForBand(string name) => new(Draw(BandShape), name);

    internal static LegendEntry ForMark(string name) =>
        new(Draw(Html.From($"<circle class=\"mark\" cx=\"17\" cy=\"6\" r=\"4\"/>")), name);

    internal static LegendEntry ForText(string style, string text, string name) =>
        new(Draw(Html.From($"<text class=\"{style}\" x=\"17\" y=\"11\" text-anchor=\"middle\">{text}</text>")), name);

    private static Html Draw(Html shape) => Html.From($"<svg viewBox=\"0 0 34 12\" aria-hidden=\"true\">{shape}</svg>");
}

/// <summary>Renders legends.</summary>
public static class Legend
{
    /// <summary>Renders entries; each name once.</summary>
    public static Html Render(params IEnumerable<LegendEntry> entries) => Html.From(
        $"<ul class=\"legend\">{entries.DistinctBy(entry => entry.Name).Select(entry =>
            Html.From($"<li>{entry.Mark}{entry.Name}</li>"))}</ul>\n");
}
