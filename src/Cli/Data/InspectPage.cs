using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;

namespace TurkishLlm.Cli.Data;

/// <summary>Renders tokens of shards or of conversations as a self-contained HTML page.</summary>
internal static class InspectPage
{
    /// <summary>Renders the page.</summary>
    /// <param name="title">File or folder.</param>
    /// <param name="summary">What is shown of it.</param>
    /// <param name="parts">Headings and contents of the parts.</param>
    /// <param name="roles">Roles of the tokens shown, for the legend; empty if the parts are not tokens.</param>
    public static string Render(
        string title, string summary, IEnumerable<(string Heading, Html Content)> parts,
        IReadOnlyCollection<TextHighlight> roles) =>
        HtmlPage.Render(
            $"{title} · inspection",
            Html.From(
                $"""
                {HtmlPage.RenderHeader(title, Html.FromText(summary))}
                {RenderLegend(roles)}
                {parts.Select(part => Html.From($"<h2>{part.Heading}</h2>\n<div class=\"card\">{part.Content}</div>\n"))}
                """));

    private static Html RenderLegend(IReadOnlyCollection<TextHighlight> roles) => roles.Count == 0 ? Html.Empty : Html.From(
        $"""
        <p class="soft">Every box is a token; point at it to see its id. ↵ is a line break, ⍽ a no-break space.</p>
        {TokenText.RenderLegend(roles)}
        """);
}
