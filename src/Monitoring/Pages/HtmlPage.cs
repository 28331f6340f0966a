using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders self-contained pages: no scripts, no fonts, no network access.</summary>
public static class HtmlPage
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Encodes text for HTML; Turkish letters are not changed.</summary>
    public static string Encode(string text) => Html.Encode(text);

    /// <summary>Renders a page.</summary>
    /// <param name="title">Title of the page; plain text.</param>
    /// <param name="body">Content of the page; HTML.</param>
    /// <param name="css">Style rules in addition to <see cref="ReportStyle"/>.</param>
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
