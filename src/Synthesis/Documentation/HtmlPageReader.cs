using System.Globalization;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads an HTML page: the content of <c>main</c> (or <c>body</c>) without <see cref="PageFurniture"/>. Metadata are
/// <c>lang</c> of <c>html</c>, the <c>meta</c> names <c>module</c>, <c>submodule</c> and <c>level</c>, <c>link rel</c> of
/// <c>prev</c> and <c>next</c>, and the breadcrumb; all are optional.
/// </summary>
internal sealed class HtmlPageReader
{
    // Deeper than real pages nest. Below this depth, text is taken without structure, so that no page can exhaust the stack.
    private const int MaxDepth = 200;

    private readonly PageWriter _page;
    private readonly InlineText _line = new();
    private readonly ListLines _list = new();
    private readonly HashSet<string> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<INode> _blockParents = [];
    private string? _sectionId;

    private HtmlPageReader(bool hasReplacements) => _page = new(hasReplacements);

    public static Page Read(string document, string html)
    {
        DeepMarkup.Refuse(document, html);
        using var parsed = new HtmlParser().ParseDocument(html);
        return Read(document, parsed, html.Contains('\uFFFD', StringComparison.Ordinal));
    }

    public static Page Read(string document, IDocument parsed, bool hasReplacements)
    {
        DeepMarkup.Flatten(parsed.DocumentElement);
        var breadcrumb = HtmlBreadcrumb.Read(parsed);
        var reader = new HtmlPageReader(hasReplacements);
        reader.AddContent(FindContent(parsed));

        var page = reader._page.ToPage(document);
        var title =
            page.Blocks.Any(block => block.Kind == BlockKind.Heading) ? page.Title
            : reader._page.Clean(parsed.Title ?? "") is { Length: > 0 } named ? named
            : page.Title;
        return page with
        {
            Title = title,
            Language = (parsed.DocumentElement.GetAttribute("lang") ?? "").Split('-', '_')[0].Trim().ToLowerInvariant(),
            Module = Meta("module"),
            Submodule = Meta("submodule"),
            Level = PageLevels.Parse(Meta("level")) ?? PageLevels.FromName(document),
            Breadcrumb = [.. breadcrumb.Select(reader._page.Clean)],
            Previous = Link("prev"),
            Next = Link("next"),
        };

        string Meta(string name) =>
            reader._page.Clean(parsed.QuerySelector($"meta[name={name}]")?.GetAttribute("content") ?? "");
        string Link(string relation) => parsed.QuerySelector($"link[rel={relation}]")?.GetAttribute("href")?.Trim() ?? "";
    }

    // A page that a program fills has an empty <main>.
    private static IElement FindContent(IDocument parsed)
    {
        var body = parsed.Body!;
        // Docsify shows Markdown pages in an element that only says that they are loading.
        if (parsed.QuerySelector("script[src*=docsify]") is not null) parsed.QuerySelector("#app")?.Remove();
        TabPanels.Show(body);
        PageFurniture.Remove(body);
        return parsed.QuerySelectorAll("main, [role=main]").FirstOrDefault(main => !string.IsNullOrWhiteSpace(main.TextContent))
            ?? body;
    }

    private void AddContent(IElement content)
    {
        foreach (var block in content.QuerySelectorAll("*").Where(element => HtmlElements.IsBlock(element.LocalName)))
            for (var outer = block.Parent; outer is not null && _blockParents.Add(outer);) outer = outer.Parent;
        AddChildren(content, 0);
        EndLine();
    }

    private void AddChildren(INode node, int depth)
    {
        foreach (var child in node.ChildNodes) Add(child, depth + 1);
    }

    private void Add(INode node, int depth)
    {
        if (node is not IElement element || depth > MaxDepth)
        {
            _line.Add(node);
            return;
        }
        var name = element.LocalName;
        if (name is "code" or "samp" or "tt" && element.QuerySelector("br") is not null)
        {
            EndLine();
            AddCode(element);
        }
        else if (!HtmlElements.IsBlock(name))
        {
            if (!_blockParents.Contains(element) || HtmlElements.IsIgnored(name)) _line.Add(node);
            else
            {
                if (name == "a" && element.GetAttribute("href") is { Length: > 0 } link) _line.Links.Add(link);
                AddChildren(node, depth);
            }
        }
        else AddBlock(element, depth);
    }

    private void AddBlock(IElement element, int depth)
    {
        EndLine();
        switch (element.LocalName)
        {
            case var name when HtmlElements.IsIgnored(name): break;
            case var name when HtmlElements.IsCode(name): AddCode(element); break;
            case "div" when HtmlElements.HasClass(element, "fragment") && element.QuerySelector("div.line") is not null:
                AddCode(element);
                break;
            case ['h', >= '1' and <= '6' and var level] when !IsItemLabel(element): AddHeading(element, level - '0'); break;
            case "p" when HtmlElements.HasClass(element, "MsoTitle"): AddHeading(element, 1); break;
            case "ul" or "ol" or "menu" or "dir": AddList(element, depth); break;
            case "table" when !HtmlTable.IsLayout(element): AddTable(element, depth); break;
            default:
                var outer = _sectionId;
                if (element.Id is { Length: > 0 } id) _sectionId = id;
                AddChildren(element, depth);
                EndLine();
                _sectionId = outer;
                break;
        }
    }

    private void EndLine()
    {
        if (_line.IsEmpty) return;
        var text = _line.Take();
        if (_list.IsOpen) _list.Add(text, _line.Links);
        else if (text.Length > 0) _page.Add(BlockKind.Paragraph, text, links: [.. _line.Links]);
        _line.Links.Clear();
    }

    // Code, tables and headings inside an item end the block of the list, which continues below them.
    private void EndListBlock()
    {
        var (text, links) = _list.Take();
        _page.Add(BlockKind.List, text, links: links);
    }

    // A heading that is all of a list item is a line of a list, not the heading of a section.
    private static bool IsItemLabel(IElement heading) =>
        heading.Closest("li") is { } item && item.TextContent.Trim() == heading.TextContent.Trim();

    private void AddHeading(IElement element, int level)
    {
        var (text, links) = InlineText.Read(element);
        if (text.Length == 0) return;
        EndListBlock();
        var named = element.Id is { Length: > 0 } own ? own : element.QuerySelector("a[id], a[name], span[id]") is { } mark
            ? mark.Id ?? mark.GetAttribute("name")
            : null;
        var anchor =
            named is { Length: > 0 } ? named
            : _sectionId is { } section && !_anchors.Contains(section) ? section
            : Anchor.FromHeading(text);
        for (var n = 2; !_anchors.Add(anchor); n++)
            anchor = string.Create(CultureInfo.InvariantCulture, $"{Anchor.FromHeading(text)}-{n}");
        _page.Add(BlockKind.Heading, $"{new string('#', level)} {text}", level, anchor, links);
    }

    private void AddList(IElement list, int depth)
    {
        _list.Begin();
        var number = int.TryParse(list.GetAttribute("start"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var start)
            ? start
            : 1;
        foreach (var child in list.ChildNodes)
        {
            if (child is IElement { LocalName: "li" } item)
            {
                EndLine();
                if (int.TryParse(item.GetAttribute("value"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var own))
                    number = own;
                _list.BeginItem(
                    list.LocalName == "ol" ? string.Create(CultureInfo.InvariantCulture, $"{number}.") : "-");
                number = unchecked(number + 1);
                AddChildren(item, depth + 1);
                EndLine();
            }
            else Add(child, depth + 1);
        }
        EndLine();
        if (_list.End()) EndListBlock();
    }

    private void AddTable(IElement element, int depth)
    {
        if (element.Children.FirstOrDefault(child => child.LocalName == "caption") is { } caption)
        {
            AddChildren(caption, depth);
            EndLine();
        }
        foreach (var part in new HtmlTable(element).Parts)
        {
            if (part.Block is { } block) Add(block, depth + 1);
            else
            {
                EndListBlock();
                _page.Add(BlockKind.Table, part.Text, links: part.Links);
            }
        }
    }

    private void AddCode(IElement element)
    {
        if (CodeText.Read(element) is not { Length: > 0 } code) return;
        EndListBlock();
        _page.Add(BlockKind.Code, code);
    }
}
