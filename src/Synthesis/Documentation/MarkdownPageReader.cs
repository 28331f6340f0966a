using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Markdig;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads a Markdown page by converting it to HTML. Metadata are the lines <c>name: value</c> of its front matter, and a quotation
/// of one line <c>A › B › C</c> below the title as breadcrumb.
/// </summary>
internal static class MarkdownPageReader
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseGridTables()
        .UseEmphasisExtras()
        .UseAutoLinks()
        .Build();

    public static Page Read(string document, string markdown)
    {
        var (facts, body) = ReadFrontMatter(markdown);
        using var parsed = new HtmlParser().ParseDocument(
            $"<html><body><main>{Markdown.ToHtml(body, Pipeline)}</main></body></html>");
        var breadcrumb = TakeBreadcrumb(parsed);
        var page = HtmlPageReader.Read(document, parsed.DocumentElement.OuterHtml);
        return page with
        {
            Title = page.Blocks.Any(block => block.Kind == BlockKind.Heading) ? page.Title : Fact("title", page.Title),
            Language = Fact("lang", Fact("language", "")).ToLowerInvariant(),
            Module = Fact("module", ""),
            Submodule = Fact("submodule", ""),
            Level = Enum.TryParse<PageLevel>(Fact("level", ""), ignoreCase: true, out var level) ? level : page.Level,
            Breadcrumb = breadcrumb,
            Previous = Fact("prev", ""),
            Next = Fact("next", ""),
        };

        string Fact(string name, string otherwise) => facts.GetValueOrDefault(name, otherwise);
    }

    private static (Dictionary<string, string> Facts, string Body) ReadFrontMatter(string markdown)
    {
        const string fence = "---\n";
        markdown = markdown.ReplaceLineEndings("\n");
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!markdown.StartsWith(fence, StringComparison.Ordinal)) return (facts, markdown);
        var end = markdown.IndexOf("\n" + fence, fence.Length - 1, StringComparison.Ordinal);
        if (end < 0) return (facts, markdown);
        foreach (var line in markdown[fence.Length..Math.Max(fence.Length, end)].Split('\n'))
            if (line.Split(':', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } name, var value])
                facts[name] = value.Trim('"', '\'');
        return (facts, markdown[(end + 1 + fence.Length)..]);
    }

    private static List<string> TakeBreadcrumb(IDocument parsed)
    {
        if (parsed.QuerySelector("h1 + blockquote") is not { } quotation) return [];
        var steps = Breadcrumbs.Split(InlineText.Read(quotation).Text);
        if (steps.Count > 0) quotation.Remove();
        return steps;
    }
}
