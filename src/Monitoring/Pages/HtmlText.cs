using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace TurkishLlm.Monitoring.Pages;

/// <summary>Encodes text for HTML, in content and in attributes.</summary>
public static class HtmlText
{
    private const char PopEmbedding = '\u202C', PopIsolate = '\u2069';

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // Control characters and noncharacters, which HTML cannot hold, and those that change the direction of what follows.
    private static readonly SearchValues<char> Unusual = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(c => (char)c).Except(['\t', '\n']),
        .. Enumerable.Range(0x202A, 5).Concat(Enumerable.Range(0x2066, 4)).Select(c => (char)c),
        .. Enumerable.Range(0xFDD0, 0x20).Concat(Enumerable.Range(0xD800, 0x400)).Select(c => (char)c), '\uFFFE', '\uFFFF',
    ]);

    /// <summary>
    /// Encodes text; Turkish letters are not changed. Characters that HTML cannot hold are shown by their number or as a control
    /// picture, and a change of the writing direction ends with the text.
    /// </summary>
    public static string Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoder.Encode(text.AsSpan().ContainsAny(Unusual) ? MakeVisible(text) : text);
    }

    private static string MakeVisible(string text)
    {
        var visible = new StringBuilder(text.Length + 8);
        var open = new Stack<char>();
        foreach (var rune in text.Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes())
        {
            var number = rune.Value;
            if (number is < 0x20 and not ('\t' or '\n')) visible.Append((char)(0x2400 + number));
            else if (number == 0x7F) visible.Append('\u2421');
            else if (number is (>= 0x80 and < 0xA0) or (>= 0xFDD0 and < 0xFDF0) || (number & 0xFFFE) == 0xFFFE)
                visible.Append(CultureInfo.InvariantCulture, $"[U+{number:X4}]");
            else
            {
                visible.Append(rune);
                if (number is 0x202A or 0x202B or 0x202D or 0x202E) open.Push(PopEmbedding);
                else if (number is >= 0x2066 and < PopIsolate) open.Push(PopIsolate);
                else if (open.TryPeek(out var closing) && closing == number) open.Pop();
            }
        }
        return visible.AppendJoin("", open).ToString();
    }
}
