using System.Text;
using System.Text.RegularExpressions;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Rewrites of text that careless tools apply before encoding; impostors use them.</summary>
public static class TextRewrites
{
    /// <summary>Lower-cases I to i, the rule of every language but Turkish. Keeps İ.</summary>
    public static string LowerInvariant(string text) => text.ToLowerInvariant();

    /// <summary>Lower-cases İ to i and a combining dot, as Python, JavaScript and Rust do.</summary>
    public static string LowerAsUnicode(string text) => text.ToLowerInvariant().Replace("İ", "i\u0307", StringComparison.Ordinal);

    /// <summary>Lower-cases by Turkish rules, which no encoder should do.</summary>
    public static string LowerTurkish(string text) => text
        .Replace("I\u0307", "i", StringComparison.Ordinal).Replace('İ', 'i').Replace('I', 'ı').ToLowerInvariant();

    /// <summary>Replaces Turkish letters by English ones without diacritics.</summary>
    public static string ToAscii(string text)
    {
        const string marked = "çğıöşüâîûÇĞİÖŞÜÂÎÛ", plain = "cgiosuaiuCGIOSUAIU";
        return string.Concat(text.Select(c => marked.IndexOf(c, StringComparison.Ordinal) is var i and >= 0 ? plain[i] : c));
    }

    private const string Composed = "çğöşüâîûÇĞİÖŞÜÂÎÛ",
        Letters = "cgosuaiuCGIOSUAIU",
        Marks = "\u0327\u0306\u0308\u0327\u0308\u0302\u0302\u0302\u0327\u0306\u0307\u0308\u0327\u0308\u0302\u0302\u0302";

    /// <summary>Decomposes Turkish letters into a letter and a mark, as some file systems do.</summary>
    public static string Decompose(string text) => string.Concat(text.Select(c =>
        Composed.IndexOf(c, StringComparison.Ordinal) is var i and >= 0 ? $"{Letters[i]}{Marks[i]}" : c.ToString()));

    /// <summary>Composes what <see cref="Decompose"/> decomposes.</summary>
    public static string Compose(string text) => Enumerable.Range(0, Composed.Length).Aggregate(text, (rest, i) =>
        rest.Replace($"{Letters[i]}{Marks[i]}", Composed[i].ToString(), StringComparison.Ordinal));

    /// <summary>Applies some of the mappings of form KC.</summary>
    public static string FoldCompatibility(string text) => text
        .Replace("ﬁ", "fi", StringComparison.Ordinal).Replace("½", "1⁄2", StringComparison.Ordinal)
        .Replace("²", "2", StringComparison.Ordinal).Replace("Ａ", "A", StringComparison.Ordinal)
        .Replace('\u00A0', ' ').Replace("…", "...", StringComparison.Ordinal);

    /// <summary>Replaces runs of white space by one space.</summary>
    public static string CollapseWhiteSpace(string text) => Regex.Replace(text, @"\s+", " ", RegexOptions.CultureInvariant);

    /// <summary>Replaces CR LF by LF.</summary>
    public static string NormalizeLineEndings(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <summary>Removes spaces, as byte-level symbols without the byte-level split do.</summary>
    public static string DropSpaces(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    /// <summary>Adds a space before the first word, so that it has the ids of a word inside a sentence.</summary>
    public static string AddDummyPrefix(string text) => " " + text;

    /// <summary>Removes zero-width characters.</summary>
    public static string DropInvisible(string text) =>
        string.Concat(text.Where(c => c is not ('\u200B' or '\u200C' or '\u200D' or '\uFEFF' or '\u00AD')));

    /// <summary>Converts a text to UTF-8 and back: a lone surrogate becomes U+FFFD.</summary>
    public static string RoundTripUtf8(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
