using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>A page that needs nothing but itself: no scripts, no fonts, no network.</summary>
public static class HtmlPage
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Text as a page writes it; Turkish letters stay as they are.</summary>
    public static string Encode(string text) => Html.Encode(text);

    /// <summary>The page.</summary>
    /// <param name="title">What the browser's tab says; plain text.</param>
    /// <param name="body">What it shows, in HTML.</param>
    /// <param name="css">Rules beyond those of every page.</param>
    public static string Render(string title, string body, string css = "") =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(title)}</title>
        <style>
        {ReportStyle.Css}
        {css}
        </style>
        </head>
        <body><main>
        {body}
        </main></body>
        </html>

        """;
}
