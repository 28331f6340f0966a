using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Bounds the time and the stack that a page takes which nests elements without end, as damaged pages and faulty generators do.
/// </summary>
internal static partial class DeepMarkup
{
    // Real pages nest a few dozen elements; the time of the parser grows with the square of the depth.
    private const int MaxOpenTags = 20_000, MaxDepth = 400;

    /// <summary>Refuses a page that leaves very many elements open.</summary>
    /// <exception cref="InvalidDataException">The page is nested too deep.</exception>
    public static void Refuse(string document, string html)
    {
        var open = 0;
        foreach (var tag in TagRegex().EnumerateMatches(html))
        {
            open = html[tag.Index + 1] == '/' ? Math.Max(0, open - 1) : open + 1;
            if (open > MaxOpenTags)
                throw new InvalidDataException(
                    FormattableString.Invariant($"{document} leaves more than {MaxOpenTags} elements open. ")
                    + "Close them, for example with: tidy -m");
        }
    }

    /// <summary>Replaces what is nested very deep by its text.</summary>
    public static void Flatten(IElement root)
    {
        var open = new Stack<(IElement Element, int Depth)>([(root, 0)]);
        while (open.TryPop(out var next))
        {
            if (next.Depth == MaxDepth) next.Element.TextContent = GetText(next.Element);
            else
                for (var child = next.Element.FirstElementChild; child is not null; child = child.NextElementSibling)
                    open.Push((child, next.Depth + 1));
        }
    }

    private static string GetText(IElement root)
    {
        var text = new StringBuilder();
        var open = new Stack<INode>([root]);
        while (open.TryPop(out var node))
        {
            if (node is IText content) text.Append(content.Data).Append(' ');
            if (node is IElement element && (HtmlElements.IsIgnored(element.LocalName) || HiddenElements.IsHidden(element)))
                continue;
            for (var child = node.LastChild; child is not null; child = child.PreviousSibling) open.Push(child);
        }
        return text.ToString();
    }

    // Without the elements that have no end tag, or are ended by the next of their kind.
    [GeneratedRegex(
        "</?(?!(?:p|li|d[td]|t[drh]|thead|tbody|tfoot|option|optgroup|br|hr|img|input|meta|link|col|colgroup|wbr|area|base|source"
        + "|html|head|body)\\b)[a-z]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TagRegex();
}
