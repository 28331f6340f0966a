using System.Collections.Frozen;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Classifies HTML elements by name.</summary>
internal static class HtmlElements
{
    private static readonly FrozenSet<string> Blocks = FrozenSet.ToFrozenSet(
    [
        "address",
        "article", "aside", "blockquote", "body", "caption", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
        "figcaption", "figure",
        "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "main", "ol", "p", "pre", "search",
        "section",
        "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    ]);

    private static readonly FrozenSet<string> Ignored = FrozenSet.ToFrozenSet([
        "head", "nav", "noscript", "script", "style", "svg", "template", "iframe", "object",
    ]);

    /// <summary>Returns true if the text of the element is a separate block.</summary>
    public static bool IsBlock(string name) => Blocks.Contains(name);

    /// <summary>Returns true if the text of the element is not content: scripts, styles, navigation.</summary>
    public static bool IsIgnored(string name) => Ignored.Contains(name);
}
