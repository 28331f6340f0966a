namespace TurkishLlm.Monitoring.Pages;

/// <summary>Renders self-contained pages: no scripts, no fonts, no network access, unless a server adds them.</summary>
public static class HtmlPage
{
    /// <summary>Renders a page.</summary>
    /// <param name="title">Title of the page.</param>
    /// <param name="body">Content of the page.</param>
    /// <param name="frame">What a server adds; null for a file.</param>
    public static string Render(string title, Html body, PageFrame? frame = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Html.From(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title.ReplaceLineEndings(" ")}</title>
            <style>
            {PageStyle.Css}
            </style>
            {frame?.Head ?? Html.Empty}</head>
            <body>{frame?.Navigation ?? Html.Empty}<main>
            {body}
            </main></body>
            </html>

            """).ToString();
    }

    /// <summary>Renders the heading of a page.</summary>
    /// <param name="title">Heading.</param>
    /// <param name="summary">A line below it.</param>
    public static Html RenderHeader(string title, Html summary) =>
        Html.From($"<header><h1>{title}</h1>\n<p class=\"soft\">{summary}</p></header>\n");

    /// <summary>Renders names and values as large figures.</summary>
    public static Html RenderFacts(IEnumerable<(string Name, string Value)> facts) => Html.From(
        $"<dl class=\"facts\">{facts.Select(fact => Html.From($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>"))}</dl>\n");

    /// <summary>Renders names and values as a table of two columns.</summary>
    public static Html RenderValues(IEnumerable<(string Name, string Value)> values) => Html.From(
        $"<table class=\"values\">{values.Select(row =>
            Html.From($"<tr><th scope=\"row\">{row.Name}</th><td>{row.Value}</td></tr>"))}</table>\n");

    /// <summary>Renders a bar for a share.</summary>
    /// <param name="share">Filled part of the bar, 0 … 1.</param>
    /// <param name="style">Classes of the bar, such as <c>near</c>.</param>
    public static Html RenderBar(double share, string style = "")
    {
        var filled = share > 0 ? Html.From($"<i style=\"width:{100 * Math.Min(share, 1):F1}%\"></i>") : Html.Empty;
        return Html.From($"<div class=\"{$"track {style}".TrimEnd()}\">{filled}</div>");
    }

    /// <summary>Renders tabs that work without scripts.</summary>
    /// <param name="name">Name of the tab group, unique within the page.</param>
    /// <param name="panes">Labels and contents of the tabs, at most three.</param>
    public static Html RenderTabs(string name, params (string Label, Html Content)[] panes) => Html.From(
        $"""
        <div class="switch">{panes.Select((pane, i) => Html.From(
            $"<input type=\"radio\" name=\"{name}\" id=\"{name}-{i}\"{(i == 0 ? Checked : Html.Empty)}><label for=\"{name}-{i}\">{pane.Label}</label>"))}
        {panes.Select(pane => Html.From($"<div class=\"pane\">{pane.Content}</div>"))}</div>

        """);

    /// <summary>Renders content that can be filtered without scripts: items carry the class of their group.</summary>
    /// <param name="name">Name of the filter, unique within the page.</param>
    /// <param name="groups">Labels and classes of the groups: good, poor and other are in the style sheet.</param>
    /// <param name="content">The items.</param>
    public static Html RenderFilter(string name, IEnumerable<(string Label, string Class)> groups, Html content) => Html.From(
        $"""
        <div class="switch filter">{groups.Prepend(("all", "all")).Select((group, i) => Html.From(
            $"<input type=\"radio\" name=\"{name}\" id=\"{name}-{i}\" class=\"show-{group.Item2}\"{(i == 0 ? Checked : Html.Empty)}><label for=\"{name}-{i}\">{group.Item1}</label>"))}
        <div class="filtered">{content}</div></div>

        """);

    private static Html Checked { get; } = Html.From($" checked");
}
