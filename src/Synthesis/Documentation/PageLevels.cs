using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Infers the level of a page from its name or title if its metadata does not give it.</summary>
internal static class PageLevels
{
    /// <summary>Returns the level that metadata name; null for any other value.</summary>
    public static PageLevel? Parse(string name) =>
        Enum.TryParse<PageLevel>(name, ignoreCase: true, out var level) && name.All(char.IsAsciiLetter) ? level : null;

    public static PageLevel FromName(string document)
    {
        var name = Path.GetFileNameWithoutExtension(document);
        return name is "index" or "default" or "overview" ? PageLevel.Overview
            : name == "api" || name.EndsWith("-api", StringComparison.Ordinal) ? PageLevel.Api
            : PageLevel.Detail;
    }

    public static PageLevel FromTitle(string title)
    {
        var lower = TurkishCase.ToLower(title);
        return lower.Contains("genel bakış", StringComparison.Ordinal) || lower.EndsWith("giriş", StringComparison.Ordinal)
                ? PageLevel.Overview
            : title.Contains("API", StringComparison.Ordinal) ? PageLevel.Api
            : PageLevel.Detail;
    }
}
