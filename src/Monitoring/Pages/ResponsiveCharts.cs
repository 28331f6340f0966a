namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders charts in cards: a large one per tab, drawn for wide and for narrow pages.</summary>
internal static class ResponsiveCharts
{
    /// <summary>Renders a card with a tab per chart and one legend for all of them.</summary>
    /// <param name="name">Name of the tab group, unique within the page.</param>
    /// <param name="panes">Labels, and functions that create the chart for a size.</param>
    public static Html RenderCard(
        string name, params (string Label, Func<(double Width, double Height, int Ticks), Chart> Create)[] panes)
    {
        var charts = panes.Select(pane => (pane.Label, Wide: pane.Create((1040, 340, 6)), Narrow: pane.Create((480, 320, 4))))
            .ToArray();
        var tabs = HtmlPage.RenderTabs(name, [.. charts.Select(chart => (chart.Label, Html.From(
            $"<div class=\"broad\">{chart.Wide.RenderSvg()}</div><div class=\"slim\">{chart.Narrow.RenderSvg()}</div>")))]);
        return Html.From(
            $"<div class=\"card wide\">{tabs}{Legend.Render(charts.SelectMany(chart => chart.Wide.GetLegend()))}</div>\n");
    }
}
