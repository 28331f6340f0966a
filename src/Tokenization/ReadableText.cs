using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Makes the characters of documents readable: invisible characters such as soft hyphens, zero-width spaces and icons of private
/// fonts are removed, every kind of space becomes a space, a no-break hyphen a hyphen, and a ligature its letters. The result is
/// in form NFC.
/// </summary>
/// <remarks>
/// For text taken from web pages and word processors, where such characters control the layout. Corpora and prompts are
/// normalized by <see cref="TextNormalizer.ToNfc"/> only. Joiners and variation selectors are kept in emoji and in scripts that
/// need them. Source: Unicode Standard, sections 5.21 and 23.2 to 23.4 (default ignorable characters).
/// </remarks>
public static class ReadableText
{
    private const char ZeroWidthJoiner = '\u200D', ZeroWidthNonJoiner = '\u200C', KeycapMark = '\u20E3', SoftHyphen = '\u00AD';

    private static readonly string[] Ligatures = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"];

    /// <summary>Returns the readable form of a text; the same instance if nothing changes.</summary>
    public static string Create(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plain = 0;
        while (plain < text.Length && IsPlain(text[plain])) plain++;
        if (plain == text.Length) return text;

        var readable = new StringBuilder(text, 0, plain, text.Length);
        for (var at = plain; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            Add(readable, text, at, length, rune);
            at += rune.Value == SoftHyphen ? 1 + GetLineEndLength(text, at + 1) : length;
        }
        // Other programs lower-case İ to an i with a second dot, which looks like i.
        readable.Replace("i\u0307", "i").Replace("ı\u0307", "i");
        var normalized = TextNormalizer.ToNfc(readable.ToString());
        return string.Equals(normalized, text, StringComparison.Ordinal) ? text : normalized;
    }

    // A word that is divided at the end of a line is one word.
    private static int GetLineEndLength(string text, int start)
    {
        var end = start;
        while (end < text.Length && text[end] is (' ' or '\t' or '\r')) end++;
        if (end == text.Length || text[end] != '\n') return 0;
        do end++;
        while (end < text.Length && text[end] is (' ' or '\t'));
        return end < text.Length && char.IsLetter(text[end]) ? end - start : 0;
    }

    private static bool IsPlain(char c) => c is >= ' ' and <= '~' or '\n' or '\t' or '\r' or >= '\u00AE' and < '\u0300';

    private static void Add(StringBuilder readable, string text, int at, int length, Rune rune)
    {
        var value = rune.Value;
        if (value is 0x0C or 0x85 or 0x2028 or 0x2029) readable.Append('\n');
        else if (IsSpace(value)) readable.Append(' ');
        else if (value is 0x2010 or 0x2011) readable.Append('-');
        else if (value is >= 0xFB00 and <= 0xFB06) readable.Append(Ligatures[value - 0xFB00]);
        else if (IsJoining(value) ? IsJoined(readable, text, at + length) : !IsInvisible(value))
            readable.Append(text, at, length);
    }

    private static bool IsSpace(int value) =>
        value is 0x0B or 0xA0 or 0x1680 or >= 0x2000 and <= 0x200A or 0x202F or 0x205F or 0x3000;

    private static bool IsJoining(int value) =>
        value is ZeroWidthJoiner or ZeroWidthNonJoiner or >= 0xFE00 and <= 0xFE0F;

    // Latin letters, digits and punctuation have nothing to join, except a digit in a keycap.
    private static bool IsJoined(StringBuilder before, string text, int next) =>
        next < text.Length && text[next] == KeycapMark
        || before.Length > 0
        && before[^1] is >= '\u0590' and not (>= '\u1E00' and <= '\u1EFF') and not (>= '\u2000' and <= '\u206F');

    private static bool IsInvisible(int value) => value switch
    {
        '\t' or '\n' or '\r' => false,
        < ' ' or >= 0x7F and <= 0x9F => true,
        0xAD or 0x034F or 0x061C or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFFA0 or 0xFEFF => true,
        >= 0x180B and <= 0x180E or 0x200B or 0x200E or 0x200F or >= 0x202A and <= 0x202E or >= 0x2060 and <= 0x206F => true,
        >= 0xE000 and <= 0xF8FF or >= 0xFDD0 and <= 0xFDEF or >= 0xFFF0 and <= 0xFFFC or 0xFFFE or 0xFFFF => true,
        >= 0xE0000 => true,       // tags, more variation selectors, and private use
        _ => false,
    };
}
