using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Encodes a link to a page by its title, the only kind of link in plain text.</summary>
internal static class PlainTextTitle
{
    private const string Scheme = "title:";

    public static string CreateLink(string title) => Scheme + GetKey(title);

    public static bool IsLink(string link) => link.StartsWith(Scheme, StringComparison.Ordinal);

    private static string GetKey(string title) => TurkishCase.ToLower(title).Trim().TrimEnd('.', ',');
}
