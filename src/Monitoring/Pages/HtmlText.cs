using System.Globalization;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Formats text and numbers for pages.</summary>
internal static class HtmlText
{
    public static string Encode(string text) => HtmlPage.Encode(text);

    /// <summary>Renders tabs that work without scripts.</summary>
    /// <param name="name">Name of the tab group, unique within the page.</param>
    /// <param name="panes">Labels and contents of the tabs.</param>
    public static string RenderTabs(string name, params (string Label, string Content)[] panes) =>
        "<div class=\"switch\">"
        + string.Concat(panes.Select((pane, i) =>
            Invariant($"<input type=\"radio\" name=\"{name}\" id=\"{name}-{i}\"{(i == 0 ? " checked" : "")}>")
            + Invariant($"<label for=\"{name}-{i}\">{pane.Label}</label>")))
        + $"{string.Concat(panes.Select(pane => $"<div class=\"pane\">{pane.Content}</div>"))}</div>";

    /// <summary>Renders a chart for wide pages, and one for narrow pages.</summary>
    public static string RenderResponsive(Func<(double Width, double Height, int Lines), Chart> chart) =>
        $"<div class=\"broad\">{chart((1040, 340, 6)).RenderSvg()}</div><div class=\"slim\">"
        + $"{chart((480, 300, 4)).RenderSvg()}</div>";

    /// <summary>Renders table rows of names and values.</summary>
    public static string RenderRows(IEnumerable<(string Key, string Value)> rows) =>
        string.Concat(rows.Select(row => $"<tr><td>{Encode(row.Key.Replace('_', ' '))}</td><td>{Encode(row.Value)}</td></tr>"));

    public static string FormatNumber(double value) =>
        !double.IsFinite(value) ? "–" : value.ToString(Math.Abs(value) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture);

    public static string FormatLearningRate(double value) =>
        value == 0 ? "0" : value.ToString("0.##e-0", CultureInfo.InvariantCulture);
}
