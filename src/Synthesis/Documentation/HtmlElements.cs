using System.Collections.Frozen;
using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Classifies HTML elements by name.</summary>
internal static class HtmlElements
{
    private static readonly FrozenSet<string> Blocks = FrozenSet.ToFrozenSet(
    [
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div", "dl",
        "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr",
        "legend", "li", "listing", "main", "menu", "ol", "p", "plaintext", "pre", "search", "section", "summary", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "xmp",
    ]);

    // Program and layout of a page, text for browsers that lack something, and controls of forms.
    private static readonly FrozenSet<string> Ignored = FrozenSet.ToFrozenSet(
    [
        "head", "nav", "noscript", "script", "style", "svg", "template", "iframe", "object", "embed", "canvas", "audio", "video",
        "map", "noframes", "noembed", "select", "textarea", "datalist", "progress", "meter", "dialog", "xml",
    ]);

    /// <summary>Returns true if the text of the element is a separate block.</summary>
    public static bool IsBlock(string name) => Blocks.Contains(name);

    /// <summary>Returns true if the text of the element is not content: scripts, styles, navigation.</summary>
    public static bool IsIgnored(string name) => Ignored.Contains(name);

    /// <summary>Returns true if the lines of the element are kept as they are.</summary>
    public static bool IsCode(string name) => name is "pre" or "listing" or "xmp" or "plaintext";

    /// <summary>Returns true for <c>h1</c> to <c>h6</c>.</summary>
    public static bool IsHeading(string name) => name is ['h', >= '1' and <= '6'];

    /// <summary>Returns true if a class of the element has a name.</summary>
    public static bool HasClass(IElement element, string name) =>
        element.ClassList.Contains(name, StringComparer.OrdinalIgnoreCase);
}
