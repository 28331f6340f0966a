using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Converts text to the form in which its words are compared: the form of <see cref="ReadableText"/>, with one character for all
/// that look the same. Search, grounding and metrics compare words only in this form.
/// </summary>
/// <remarks>
/// Full-width letters become plain ones, apostrophes and minus signs one character each, and ș, ț and ǧ of other alphabets the
/// letters ş, ţ and ğ. Cyrillic and Greek letters become the Latin ones of the same shape, but only in a word that
/// has Latin letters too. Case is kept. Source: Unicode Technical Standard 39, section 4 (confusable characters).
/// </remarks>
public static class ComparableText
{
    private const string Foreign = "АВЕКМНОРСТХЅІЈУаеорсухѕіјԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
        Latin = "ABEKMHOPCTXSIJYaeopcyxsijdhqwABEZHIKMNOPTYXo";

    private const string Variants = "’‘ʼ‛′＇−ǧǦșȘțȚµ", Standard = "''''''-ğĞşŞţŢμ";

    /// <summary>Returns the form of a text for comparisons; the same instance if nothing changes.</summary>
    public static string Create(string text)
    {
        text = ReadableText.Create(text);
        var plain = 0;
        while (plain < text.Length && text[plain] < '\u0100' && text[plain] != 'µ') plain++;
        if (plain == text.Length) return text;

        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) Add(folded, rune);
        FoldMixedWords(folded);
        return folded.ToString();
    }

    private static void Add(StringBuilder folded, Rune rune)
    {
        const int fullWidth = 0xFF01 - '!';
        var value = rune.Value;
        if (value is >= 0xFF01 and <= 0xFF5E && value != '＇') folded.Append((char)(value - fullWidth));
        else if (rune.IsBmp && Variants.IndexOf((char)value, StringComparison.Ordinal) is >= 0 and var i)
            folded.Append(Standard[i]);
        else folded.Append(rune.ToString());
    }

    private static void FoldMixedWords(StringBuilder text)
    {
        for (var start = 0; start < text.Length;)
        {
            var (end, hasLatin, hasForeign) = (start, false, false);
            for (; end < text.Length && char.IsLetter(text[end]); end++)
            {
                hasLatin |= text[end] is < '\u0250' or >= '\u1E00' and <= '\u1EFF';
                hasForeign |= Foreign.Contains(text[end], StringComparison.Ordinal);
            }
            for (var at = start; hasLatin && hasForeign && at < end; at++)
                if (Foreign.IndexOf(text[at], StringComparison.Ordinal) is >= 0 and var i) text[at] = Latin[i];
            start = end + 1;
        }
    }
}
