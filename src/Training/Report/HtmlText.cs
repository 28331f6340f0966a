using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace TurkishLlm.Training;

/// <summary>Text and numbers as pages write them.</summary>
internal static class HtmlText
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    public static string Encode(string text) => Html.Encode(text);

    /// <summary>A page that needs nothing but itself: no scripts, no fonts, no network.</summary>
    public static string Page(string title, string body) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(title)}</title>
        <style>
        {ReportStyle.Css}
        </style>
        </head>
        <body><main>
        {body}
        </main></body>
        </html>

        """;

    /// <summary>Panes of which one is shown, chosen by buttons that need no script.</summary>
    /// <param name="name">Name of the choice within the page.</param>
    /// <param name="panes">What the buttons say, and what they show.</param>
    public static string Switch(string name, params (string Label, string Content)[] panes) =>
        $"<div class=\"switch\">{string.Concat(panes.Select((pane, i) => Text($"<input type=\"radio\" name=\"{name}\" id=\"{name}-{i}\"{(i == 0 ? " checked" : "")}><label for=\"{name}-{i}\">{pane.Label}</label>")))}{string.Concat(panes.Select(pane => $"<div class=\"pane\">{pane.Content}</div>"))}</div>";

    /// <summary>A chart as wide as the page, and on a narrow page one that is drawn for it.</summary>
    public static string Wide(Func<(double Width, double Height, int Lines), Chart> chart) =>
        $"<div class=\"broad\">{chart((1040, 340, 6)).Svg()}</div><div class=\"slim\">{chart((480, 300, 4)).Svg()}</div>";

    /// <summary>Rows of a table of names and values.</summary>
    public static string Rows(IEnumerable<(string Key, string Value)> rows) =>
        string.Concat(rows.Select(row => $"<tr><td>{Encode(row.Key.Replace('_', ' '))}</td><td>{Encode(row.Value)}</td></tr>"));

    public static string Number(double value) => !double.IsFinite(value) ? "–" : value.ToString(Math.Abs(value) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture);

    public static string Rate(double value) => value == 0 ? "0" : value.ToString("0.##e-0", CultureInfo.InvariantCulture);

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
