using System.Collections.Frozen;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>What the names of HTML elements say about their text.</summary>
internal static class HtmlElements
{
    private static readonly FrozenSet<string> Blocks = FrozenSet.ToFrozenSet(
    [
        "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "main", "ol", "p", "pre", "search", "section",
        "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    ]);

    private static readonly FrozenSet<string> Ignored = FrozenSet.ToFrozenSet(["head", "nav", "noscript", "script", "style", "svg", "template", "iframe", "object"]);

    /// <summary>Its text stands by itself.</summary>
    public static bool IsBlock(string name) => Blocks.Contains(name);

    /// <summary>Its text is no part of what a page says: programs, styles, navigation.</summary>
    public static bool IsIgnored(string name) => Ignored.Contains(name);
}
