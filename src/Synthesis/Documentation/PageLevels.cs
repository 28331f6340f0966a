namespace TurkishLlm.Synthesis;

/// <summary>What the name of a page says about its level, where the page does not say it.</summary>
internal static class PageLevels
{
    public static PageLevel OfName(string document)
    {
        var name = Path.GetFileNameWithoutExtension(document);
        return name is "index" or "default" or "overview" ? PageLevel.Overview
            : name == "api" || name.EndsWith("-api", StringComparison.Ordinal) ? PageLevel.Api
            : PageLevel.Detail;
    }
}
