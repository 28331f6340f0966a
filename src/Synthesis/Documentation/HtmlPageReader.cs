using System.Globalization;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads an HTML page: the content of <c>main</c> (or <c>body</c>) without navigation, scripts and styles. Metadata are
/// <c>lang</c> of <c>html</c>, the <c>meta</c> names <c>module</c>, <c>submodule</c> and <c>level</c>, <c>link rel</c> of
/// <c>prev</c> and <c>next</c>, and a short <c>nav</c> as breadcrumb; all are optional.
/// </summary>
internal sealed class HtmlPageReader
{
    // Deeper than real pages nest. Below this depth, text is taken without structure, so that no page can exhaust the stack.
    private const int MaxDepth = 200;

    private readonly PageWriter _page = new();
    private readonly InlineText _line = new();
    private readonly HashSet<string> _anchors = new(StringComparer.Ordinal);
    private string? _sectionId;

    public static Page Read(string document, string html)
    {
        using var parsed = new HtmlParser().ParseDocument(html);
        var reader = new HtmlPageReader();
        foreach (var footer in parsed.QuerySelectorAll("body > footer")) footer.Remove();
        reader.AddChildren((INode?)parsed.QuerySelector("main") ?? parsed.Body!, 0);
        reader.EndLine();

        var page = reader._page.ToPage(document);
        var title =
            page.Blocks.Any(block => block.Kind == BlockKind.Heading) ? page.Title
            : parsed.Title is { Length: > 0 } named ? named
            : page.Title;
        return page with
        {
            Title = title,
            Language = (parsed.DocumentElement.GetAttribute("lang") ?? "").Split('-')[0].ToLowerInvariant(),
            Module = Meta("module"),
            Submodule = Meta("submodule"),
            Level = Enum.TryParse<PageLevel>(Meta("level"), ignoreCase: true, out var level)
                ? level
                : PageLevels.FromName(document),
            Breadcrumb = ReadBreadcrumb(parsed),
            Previous = Link("prev"),
            Next = Link("next"),
        };

        string Meta(string name) => parsed.QuerySelector($"meta[name={name}]")?.GetAttribute("content")?.Trim() ?? "";
        string Link(string relation) => parsed.QuerySelector($"link[rel={relation}]")?.GetAttribute("href")?.Trim() ?? "";
    }

    // A menu is a <nav> too, but it is not a breadcrumb of a few steps.
    private static List<string> ReadBreadcrumb(IDocument parsed)
    {
        const int maxSteps = 8;
        foreach (var navigation in parsed.QuerySelectorAll("nav"))
        {
            var items = navigation
                .QuerySelectorAll("li")
                .Select(item => InlineText.Read(item).Text)
                .Where(text => text.Length > 0)
                .ToList();
            if (items.Count == 0) items = Breadcrumbs.Split(InlineText.Read(navigation).Text);
            if (items.Count is > 0 and <= maxSteps) return items;
        }
        return [];
    }

    private void AddChildren(INode node, int depth)
    {
        foreach (var child in node.ChildNodes) Add(child, depth + 1);
    }

    private void Add(INode node, int depth)
    {
        if (node is not IElement element)
        {
            _line.Add(node);
            return;
        }
        if (HtmlElements.IsIgnored(element.LocalName)) return;
        if (depth > MaxDepth || !HtmlElements.IsBlock(element.LocalName))
        {
            if (depth <= MaxDepth && element.Children.Any(child => HtmlElements.IsBlock(child.LocalName)))
                AddChildren(node, depth);
            else _line.Add(node);
            return;
        }
        EndLine();
        switch (element.LocalName)
        {
            case ['h', >= '1' and <= '6' and var level]: AddHeading(element, level - '0'); break;
            case "ul" or "ol": AddList(element); break;
            case "table": AddTable(element); break;
            case "pre": AddCode(element); break;
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
        _page.Add(BlockKind.Paragraph, _line.Take(), links: [.. _line.Links]);
        _line.Links.Clear();
    }

    private void AddHeading(IElement element, int level)
    {
        var (text, links) = InlineText.Read(element);
        if (text.Length == 0) return;
        var anchor =
            element.Id is { Length: > 0 } own ? own
            : _sectionId is { } section && !_anchors.Contains(section) ? section
            : Anchor.FromHeading(text);
        for (var n = 2; !_anchors.Add(anchor); n++)
            anchor = string.Create(CultureInfo.InvariantCulture, $"{Anchor.FromHeading(text)}-{n}");
        _page.Add(BlockKind.Heading, $"{new string('#', level)} {text}", level, anchor, links);
    }

    private void AddList(IElement list)
    {
        var (lines, links) = (new List<string>(), new List<string>());
        AddItems(list, indent: 0);
        _page.Add(BlockKind.List, string.Join('\n', lines), links: links);

        void AddItems(IElement items, int indent)
        {
            var number = int.TryParse(
                items.GetAttribute("start"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var start)
                ? start
                : 1;
            foreach (var item in items.Children)
            {
                var text = new InlineText();
                var inner = new List<IElement>();
                foreach (var node in item.ChildNodes)
                {
                    if (node is IElement { LocalName: "ul" or "ol" } nested) inner.Add(nested);
                    else text.Add(node);
                }
                var mark = items.LocalName == "ol" ? string.Create(CultureInfo.InvariantCulture, $"{number++}.") : "-";
                if (!text.IsEmpty) lines.Add($"{new string(' ', 2 * indent)}{mark} {text.Take()}");
                links.AddRange(text.Links);
                if (indent < MaxDepth) inner.ForEach(nested => AddItems(nested, indent + 1));
            }
        }
    }

    private void AddTable(IElement element)
    {
        if (element.QuerySelector("caption") is { } caption) _page.Add(BlockKind.Paragraph, InlineText.Read(caption).Text);
        var table = new HtmlTable(element);
        _page.Add(BlockKind.Table, table.Text, links: table.Links);
    }

    private void AddCode(IElement element)
    {
        var code = element.QuerySelector("code") ?? element;
        var language = (code.ClassName ?? "")
            .Split(' ')
            .FirstOrDefault(name => name.StartsWith("language-", StringComparison.Ordinal))
            ?["language-".Length..]
            ?? "";
        var text = element.TextContent.ReplaceLineEndings("\n").Trim('\n');
        if (text.Trim().Length == 0) return;
        var fence = text.Contains("```", StringComparison.Ordinal) ? "~~~~" : "```";
        _page.Add(BlockKind.Code, $"{fence}{language}\n{text}\n{fence}");
    }
}
