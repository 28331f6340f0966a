using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Reads the breadcrumb of an HTML page: an element that is marked as one, or a short <c>nav</c> that does not end with a link.
/// </summary>
internal static class HtmlBreadcrumb
{
    private const int MaxSteps = 8;

    private const string Marked =
        ".breadcrumb, .breadcrumbs, .wy-breadcrumbs, .theme-doc-breadcrumbs, .md-path, #breadcrumbs, #breadcrumb-section, "
        + "nav[aria-label*=breadcrumb i], [role=navigation][aria-label*=breadcrumb i]";

    public static List<string> Read(IDocument parsed)
    {
        foreach (var marked in parsed.QuerySelectorAll(Marked))
            if (ReadSteps(marked) is { Count: > 0 and <= MaxSteps } steps) return steps;
        foreach (var navigation in parsed.QuerySelectorAll("nav"))
        {
            // A menu is a <nav> too, but its last entry leads somewhere.
            if (FindSteps(navigation) is [.., var last] && last.QuerySelector("a[href]") is not null) continue;
            if (ReadSteps(navigation) is { Count: > 0 and <= MaxSteps } steps) return steps;
        }
        return [];
    }

    private static List<IElement> FindSteps(IElement element) => [.. element.QuerySelectorAll("li")];

    private static List<string> ReadSteps(IElement element)
    {
        var items = FindSteps(element)
            .Where(item => !HtmlElements.HasClass(item, "wy-breadcrumbs-aside"))
            .Select(item => InlineText.Read(item).Text.Trim('/', '»', '›', '>', ' '))
            .Where(text => text.Length > 0)
            .ToList();
        return items.Count > 0 ? items : Breadcrumbs.Split(InlineText.Read(element).Text);
    }
}
