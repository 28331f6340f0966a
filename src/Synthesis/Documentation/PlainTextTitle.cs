using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis;

/// <summary>A link to a page by its title: all that plain text has.</summary>
internal static class PlainTextTitle
{
    private const string Scheme = "title:";

    public static string Link(string title) => Scheme + Key(title);

    public static bool IsLink(string link) => link.StartsWith(Scheme, StringComparison.Ordinal);

    private static string Key(string title) => TurkishCase.Lower(title).Trim().TrimEnd('.', ',');
}
