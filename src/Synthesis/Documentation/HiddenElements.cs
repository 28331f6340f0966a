using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Finds elements that browsers do not show: <c>hidden</c>, <c>aria-hidden</c>, <c>display: none</c>, and text for screen readers
/// only. Text that a click shows is content: tabs, <c>details</c>, and <c>hidden="until-found"</c>.
/// </summary>
internal static class HiddenElements
{
    private static readonly string[] HiddenStyles =
        ["display:none", "visibility:hidden", "visibility:collapse", "mso-hide:all"];

    private static readonly string[] ScreenReaderClasses =
        ["sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screenreader-only", "assistive"];

    public static bool IsHidden(IElement element)
    {
        if (element.GetAttribute("hidden") is { } hidden)
            return !hidden.Equals("until-found", StringComparison.OrdinalIgnoreCase);
        if (string.Equals(element.GetAttribute("aria-hidden"), "true", StringComparison.OrdinalIgnoreCase)) return true;
        if (element.GetAttribute("style") is { Length: > 0 } style && HasHiddenStyle(style)) return true;
        // In the cells of a table, such text replaces an icon.
        return element.ClassList.Length > 0
            && ScreenReaderClasses.Any(name => HtmlElements.HasClass(element, name))
            && element.Closest("td, th") is null;
    }

    private static bool HasHiddenStyle(string style)
    {
        var plain = string.Concat(style.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
        return Array.Exists(HiddenStyles, name => plain.Contains(name, StringComparison.Ordinal));
    }
}
