using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Markdig;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads a Markdown page by converting it to HTML. Metadata are those of its <see cref="FrontMatter"/>, and a quotation of one
/// line <c>A › B › C</c> below the title as breadcrumb.
/// </summary>
internal static class MarkdownPageReader
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseGridTables()
        .UseEmphasisExtras()
        .UseAutoLinks()
        .UseTaskLists()
        .UseDefinitionLists()
        .UseFootnotes()
        .Build();

    private static readonly MarkdownPipeline BlockPipeline = CreateBlockPipeline();

    public static Page Read(string document, string markdown)
    {
        var (facts, body) = FrontMatter.Split(markdown.ReplaceLineEndings("\n"));
        body = MarkdownDialect.Convert(body);
        var html = $"<main>{ToHtml(document, body)}</main>";
        DeepMarkup.Refuse(document, html);
        using var parsed = new HtmlParser().ParseDocument(html);
        var hasReplacements = markdown.Contains('\uFFFD', StringComparison.Ordinal);
        var breadcrumb = TakeBreadcrumb(parsed);
        var page = HtmlPageReader.Read(document, parsed, hasReplacements);
        return page with
        {
            // Generators show the title of the metadata above the page, unless the page has one itself.
            Title = page.Blocks.Any(block => block is { Kind: BlockKind.Heading, Level: 1 })
                ? page.Title
                : Fact("title", page.Title),
            Language = Fact("lang", Fact("language", "")).Split('-', '_')[0].ToLowerInvariant(),
            Module = Fact("module", ""),
            Submodule = Fact("submodule", ""),
            Level = PageLevels.Parse(Fact("level", "")) ?? page.Level,
            Breadcrumb = [.. breadcrumb.Select(new PageWriter(hasReplacements).Clean)],
            Previous = Fact("prev", ""),
            Next = Fact("next", ""),
        };

        string Fact(string name, string otherwise) =>
            facts.GetValueOrDefault(name) is { Length: > 0 } value ? ReadableText.Create(value) : otherwise;
    }

    // The library refuses deep nesting only, which marks without an end are too; without those marks, the text can be read.
    private static string ToHtml(string document, string markdown)
    {
        try
        {
            return Markdown.ToHtml(markdown, Pipeline);
        }
        catch (ArgumentException)
        {
            return ToHtmlWithoutInlines(document, markdown);
        }
    }

    private static string ToHtmlWithoutInlines(string document, string markdown)
    {
        try
        {
            return Markdown.ToHtml(markdown, BlockPipeline);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException(
                $"{document} has lists or quotations that are nested more than 100 deep. Remove the nesting.", error);
        }
    }

    private static MarkdownPipeline CreateBlockPipeline()
    {
        var builder = new MarkdownPipelineBuilder();
        builder.InlineParsers.Clear();
        return builder.Build();
    }

    private static List<string> TakeBreadcrumb(IDocument parsed)
    {
        if (parsed.QuerySelector("h1 + blockquote") is not { } quotation) return [];
        var steps = Breadcrumbs.Split(InlineText.Read(quotation).Text);
        if (steps.Count > 0) quotation.Remove();
        return steps;
    }
}
