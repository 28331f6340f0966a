using AngleSharp.Dom;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Shows all panels of tabs, each below its label. Generators write the labels as one list, and hide all panels but the first.
/// </summary>
internal static class TabPanels
{
    private const string PanelSelector = "[role=tabpanel], .tab-pane, .tabbed-block, .tabcontent";

    /// <summary>Moves the labels into the panels.</summary>
    public static void Show(IElement root)
    {
        var panels = root.QuerySelectorAll(PanelSelector).ToList();
        if (panels.Count == 0) return;
        var tabs = root.QuerySelectorAll("[role=tab], .nav-tabs a, .tabbed-labels > label").ToList();
        foreach (var panel in panels)
        {
            Unhide(panel);
            if (FindTab(panel, tabs) is not { } tab || tab.TextContent.Trim() is not { Length: > 0 } label) continue;
            var title = root.Owner!.CreateElement("p");
            title.TextContent = label;
            panel.InsertBefore(title, panel.FirstChild);
        }
        foreach (var labels in root.QuerySelectorAll("[role=tablist], .nav-tabs, .tabbed-labels").ToList())
            if (labels.QuerySelector(PanelSelector) is null) labels.Remove();
    }

    private static void Unhide(IElement panel)
    {
        foreach (var name in (string[])["hidden", "aria-hidden", "style"]) panel.RemoveAttribute(name);
    }

    private static IElement? FindTab(IElement panel, List<IElement> tabs)
    {
        if (panel.GetAttribute("aria-labelledby") is { Length: > 0 } label && tabs.Find(tab => tab.Id == label) is { } named)
            return named;
        if (panel.Id is { Length: > 0 } id
            && tabs.Find(tab => tab.GetAttribute("aria-controls") == id || tab.GetAttribute("href") == "#" + id) is { } linked)
            return linked;
        // By position: the labels are in the element before the one that has the panels.
        if (panel.ParentElement is not { } group) return null;
        var own = tabs.FindAll(tab => group.PreviousElementSibling is { } labels && tab.IsDescendantOf(labels));
        var position = group.Children.Where(child => child.Matches(PanelSelector)).Index(panel);
        return position >= 0 && position < own.Count ? own[position] : null;
    }
}
