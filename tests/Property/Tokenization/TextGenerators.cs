using FsCheck;
using FsCheck.Fluent;

namespace TurkishLlm.Tests.Property.Tokenization;

/// <summary>
/// Generates strings of all kinds: Turkish, punctuation, white space, marks, letters beyond U+FFFF, and lone surrogates.
/// </summary>
internal static class TextGenerators
{
    private static readonly Gen<string> Fragment = Gen.Frequency(
        (6, from c in Gen.Elements("abcçdefgğhıijklmnoöprsştuüvyzABCÇĞIİÖŞÜâîû".ToCharArray()) select c.ToString()),
        (3, Gen.Elements("'", "’", " ", "  ", "\n", "\r\n", "\t", ".", "…", "\"", "“", "-", "1", "23", "456", "7890")),
        (
            2,
            Gen.Elements(
                "\u0301", "\u0308", "\u0327", "\u0307", "\u200D", "\u00A0", "\u2028", "\u0085", "\uFEFF", "😀", "𝐀", "𝟙", "𐐨",
                "中", "½")),
        (2, from c in Gen.Choose(0, 0xFFFF) where c is < 0xD800 or > 0xDFFF select ((char)c).ToString()),
        (1, from c in Gen.Choose(0x10000, 0x10FFFF) select char.ConvertFromUtf32(c)),
        (1, Gen.Elements("<|eot_id|>", "Ankara'da", "TBMM’nin", "aaaaaaaaaaaa")));

    private static readonly Gen<string> Surrogate = from c in Gen.Choose(0xD800, 0xDFFF) select ((char)c).ToString();

    /// <summary>Strings of valid Unicode text.</summary>
    public static Arbitrary<string> Text { get; } = Arb.From(Joined(Fragment), Shrink);

    /// <summary>Strings that may contain lone surrogates.</summary>
    public static Arbitrary<string> AnyString { get; } =
        Arb.From(Joined(Gen.Frequency((15, Fragment), (1, Surrogate))), ShrinkByUnit);

    private static Gen<string> Joined(Gen<string> fragment) => from parts in fragment.ArrayOf() select string.Concat(parts);

    private static IEnumerable<string> Shrink(string text) => ShrinkByUnit(text).Where(IsText);

    private static IEnumerable<string> ShrinkByUnit(string text)
    {
        if (text.Length > 1)
        {
            yield return text[..(text.Length / 2)];
            yield return text[(text.Length / 2)..];
        }
        for (var i = 0; i < text.Length; i++) yield return text.Remove(i, 1);
    }

    private static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (
                char.IsSurrogate(text[i])
                && (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i])))
                return false;
        return true;
    }
}

/// <summary>For properties: every string parameter may contain lone surrogates.</summary>
public static class AnyString
{
    public static Arbitrary<string> Strings => TextGenerators.AnyString;
}

/// <summary>For properties: every string parameter is valid Unicode text.</summary>
public static class UnicodeText
{
    public static Arbitrary<string> Strings => TextGenerators.Text;
}
