using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Computes anchors of headings: <c>Sipariş durum kodları</c> becomes <c>siparis-durum-kodlari</c>.</summary>
public static class Anchor
{
    /// <summary>
    /// Returns lower-case ASCII letters and digits with hyphens between words; <c>bolum</c> for a heading without any.
    /// </summary>
    public static string FromHeading(string heading)
    {
        ArgumentNullException.ThrowIfNull(heading);
        var anchor = new StringBuilder();
        foreach (var c in TurkishCase.ToLower(heading))
        {
            var letter = ToAscii(c);
            if (char.IsAsciiLetterOrDigit(letter)) anchor.Append(letter);
            else if (c is not ('\'' or '’') && anchor.Length > 0 && anchor[^1] != '-') anchor.Append('-');
        }
        var name = anchor.ToString().Trim('-');
        return name.Length > 0 ? name : "bolum";
    }

    /// <summary>Maps a Turkish letter to the ASCII letter without diacritics; other characters are returned unchanged.</summary>
    public static char ToAscii(char c) => c switch
    {
        'ç' => 'c', 'ğ' => 'g', 'ı' => 'i', 'ö' => 'o', 'ş' => 's', 'ü' => 'u', 'â' => 'a', 'î' => 'i', 'û' => 'u',
        'Ç' => 'C', 'Ğ' => 'G', 'İ' => 'I', 'Ö' => 'O', 'Ş' => 'S', 'Ü' => 'U', 'Â' => 'A', 'Î' => 'I', 'Û' => 'U',
        _ => c,
    };
}
