using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>What careless tools do to text before they encode it. Impostors are made of these.</summary>
internal static class TextRewrites
{
    /// <summary>I becomes i: the rule of every language but ours. İ stays.</summary>
    public static string LowerInvariant(string text) => text.ToLowerInvariant();

    /// <summary>İ becomes i and a combining dot: Python, JavaScript, Rust.</summary>
    public static string LowerAsUnicode(string text) => text.ToLowerInvariant().Replace("İ", "i\u0307", StringComparison.Ordinal);

    /// <summary>Right Turkish casing, in a place where there must be none.</summary>
    public static string LowerTurkish(string text) => TurkishCase.ToLower(text);

    /// <summary>Takes Turkish letters for decorated English ones.</summary>
    public static string ToAscii(string text)
    {
        const string marked = "çğıöşüâîûÇĞİÖŞÜÂÎÛ", plain = "cgiosuaiuCGIOSUAIU";
        return string.Concat(text.Select(c => marked.IndexOf(c, StringComparison.Ordinal) is var i and >= 0 ? plain[i] : c));
    }

    /// <summary>Writes Turkish letters as a letter and a mark, as some file systems do.</summary>
    public static string Decompose(string text)
    {
        const string marked = "çğöşüâîûÇĞİÖŞÜÂÎÛ", letters = "cgosuaiuCGIOSUAIU", marks = "\u0327\u0306\u0308\u0327\u0308\u0302\u0302\u0302\u0327\u0306\u0307\u0308\u0327\u0308\u0302\u0302\u0302";
        return string.Concat(text.Select(c => marked.IndexOf(c, StringComparison.Ordinal) is var i and >= 0 ? $"{letters[i]}{marks[i]}" : c.ToString()));
    }

    /// <summary>A few of the rewritings of form KC, enough to judge by.</summary>
    public static string FoldCompatibility(string text) => text
        .Replace("ﬁ", "fi", StringComparison.Ordinal).Replace("½", "1⁄2", StringComparison.Ordinal)
        .Replace("²", "2", StringComparison.Ordinal).Replace("Ａ", "A", StringComparison.Ordinal)
        .Replace('\u00A0', ' ').Replace("…", "...", StringComparison.Ordinal);

    /// <summary>Runs of white space become one space.</summary>
    public static string CollapseWhiteSpace(string text) => Regex.Replace(text, @"\s+", " ", RegexOptions.CultureInvariant);

    /// <summary>Windows line ends become those of Unix.</summary>
    public static string NormalizeLineEndings(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <summary>Spaces vanish: byte-level symbols without the byte-level split.</summary>
    public static string DropSpaces(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    /// <summary>A space before the first word, so that it has the ids of a word inside a sentence.</summary>
    public static string AddDummyPrefix(string text) => " " + text;

    /// <summary>Characters without width vanish.</summary>
    public static string DropInvisible(string text) =>
        string.Concat(text.Where(c => c is not ('\u200B' or '\u200C' or '\u200D' or '\uFEFF' or '\u00AD')));

    /// <summary>What a text is once it has been through UTF-8: a lone surrogate is U+FFFD.</summary>
    public static string RoundTripUtf8(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
