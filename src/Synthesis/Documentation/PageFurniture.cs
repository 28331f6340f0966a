using System.Collections.Frozen;
using AngleSharp.Dom;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Removes what is on a page but not its content: hidden elements, navigation, search, footers, buttons, cookie notices, and
/// links from a heading to itself. Elements are recognized by their names, roles, and the classes of the usual generators.
/// </summary>
internal static class PageFurniture
{
    private static readonly FrozenSet<string> Roles = FrozenSet.ToFrozenSet(
    [
        "navigation", "search", "contentinfo", "banner", "menu", "menubar", "toolbar", "dialog", "alertdialog", "tablist",
        "doc-toc", "doc-backlink", "doc-pagelist", "doc-index-nav",
    ]);

    // What themes write in the link from a heading to itself, and in the link from a footnote back to the text.
    private static readonly FrozenSet<string> AnchorSigns = FrozenSet.ToFrozenSet(
        ["", "¶", "#", "##", "§", "∞", "⚓", "⚓\uFE0E", "⚓\uFE0F", "🔗", "🔗\uFE0E", "↩", "↩\uFE0E", "↩\uFE0F", "↑", "^"]);

    private static readonly FrozenSet<string> AnchorWords = FrozenSet.ToFrozenSet(["link", "permalink", "anchor", "bağlantı"]);

    /// <summary>Removes the parts without content from an element.</summary>
    public static void Remove(IElement root)
    {
        var open = new Stack<IElement>(root.Children.Reverse());
        while (open.TryPop(out var element))
        {
            if (IsFurniture(element)) element.Remove();
            else
                foreach (var child in element.Children.Reverse()) open.Push(child);
        }
    }

    private static bool IsFurniture(IElement element)
    {
        var name = element.LocalName;
        // Formulas are written twice: for browsers, and hidden as MathML or in a script.
        if (InlineText.IsFormula(element)) return false;
        if (HtmlElements.IsIgnored(name) || HiddenElements.IsHidden(element)) return true;
        return name switch
        {
            "a" => IsAnchorLink(element) || HasFurnitureRole(element) || FurnitureNames.Contains(element) && !HasOwnText(element),
            "button" => IsButton(element),
            "footer" => element.Closest("blockquote, figure") is null,
            "header" => element.ParentElement?.LocalName == "body" && element.QuerySelector("h1, main") is null
                || (HasFurnitureRole(element) || FurnitureNames.Contains(element)) && !HasContent(element),
            "aside" => (HasFurnitureRole(element) || FurnitureNames.Contains(element) || element.QuerySelector("nav") is not null)
                && !HasContent(element),
            "input" => !string.Equals(element.GetAttribute("type"), "checkbox", StringComparison.OrdinalIgnoreCase)
                || element.Closest("li") is null,
            _ when HtmlElements.IsHeading(name) || name is "main" or "article" or "body" => false,
            _ => (HasFurnitureRole(element) || FurnitureNames.Contains(element) || IsCodeLabel(element)) && !HasContent(element),
        };
    }

    private static bool HasFurnitureRole(IElement element) =>
        element.GetAttribute("role") is { Length: > 0 } role && Roles.Contains(role.Trim().ToLowerInvariant());

    // A wrapper of the whole page is not furniture, regardless of its class.
    private static bool HasContent(IElement element) => element.QuerySelector("main, [role=main], h1") is not null;

    private static bool IsAnchorLink(IElement link)
    {
        if (link.GetAttribute("href") is not { } target || !target.Contains('#', StringComparison.Ordinal)) return false;
        if (link.QuerySelector("img[alt]:not([alt=''])") is not null) return false;
        var text = ReadableText.Create(link.TextContent).Trim().ToLowerInvariant();
        return AnchorSigns.Contains(text)
            || AnchorWords.Contains(text) && link.Closest("h1, h2, h3, h4, h5, h6") is not null && !HasOwnText(link);
    }

    // Some themes put the heading itself into the link.
    private static bool HasOwnText(IElement link)
    {
        var heading = link.Closest("h1, h2, h3, h4, h5, h6");
        return heading is not null && heading.TextContent.Trim() == link.TextContent.Trim();
    }

    // The label of a fold or a step is a button too, and texts show buttons.
    private static bool IsButton(IElement button) =>
        FurnitureNames.Contains(button) || button.Closest("h1, h2, h3, h4, h5, h6, p, li, dd, td, th, summary") is null;

    // VitePress writes the language above the code.
    private static bool IsCodeLabel(IElement element) =>
        element.LocalName == "span" && HtmlElements.HasClass(element, "lang")
        && (element.ParentElement?.ClassName ?? "").StartsWith("language-", StringComparison.Ordinal);
}
