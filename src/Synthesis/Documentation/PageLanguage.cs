using System.Buffers;
using System.Collections.Frozen;
using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Distinguishes Turkish from English by letters, common words, and suffixes that English words do not have.</summary>
public static partial class PageLanguage
{
    private static readonly FrozenSet<string> TurkishWords = FrozenSet.ToFrozenSet((
        "ve ile de da ki mi bu o bir ne en her hem ya veya ise ama ancak gibi kadar daha sonra olan olarak "
        + "olur oldu var yok nasıl neden hangi kaç kim "
        + "nedir için çok şu hiç üzere çünkü eğer değil göre önce yalnızca tarafından hangisi kimdir nerede "
        + "bunun buna bunu evet hayır").Split(' '));

    private static readonly FrozenSet<string> EnglishWords = FrozenSet.ToFrozenSet((
        "the of and to in is that for it as was with on be by are this or from at an have not you can which "
        + "if will has their when use were one all but "
        + "they we its may more other such than then there these what how does do who where why should must").Split(' '));

    private static readonly SearchValues<char> TurkishLetters = SearchValues.Create("çğışöüÇĞİŞÖÜ"),
        ForeignLetters = SearchValues.Create("qwx");

    /// <summary>Counts the words of a text, and those that are typical of each language.</summary>
    public static (int Turkish, int English, int Words) Count(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (turkish, english, words) = (0, 0, 0);
        foreach (var word in Words.Split(text))
        {
            if (word.Length > 1 && word.All(char.IsUpper)) continue;      // a code or an abbreviation, of no language
            words++;
            // A capital I is the same letter in both languages; ı is only Turkish.
            var lower = TurkishCase.ToLower(word);
            if (!word.Contains('ı', StringComparison.Ordinal) && EnglishWords.Contains(lower.Replace('ı', 'i'))) english++;
            else if (TurkishWords.Contains(lower) || word.AsSpan().ContainsAny(TurkishLetters) || SuffixRegex().IsMatch(lower))
                turkish++;
            else if (lower.AsSpan().ContainsAny(ForeignLetters)) english++;
        }
        return (turkish, english, words);
    }

    /// <summary>Returns <c>tr</c> or <c>en</c>; <c>tr</c> if a text shows neither.</summary>
    public static string Detect(string text) => Count(text) is var (turkish, english, _) && english > turkish ? "en" : "tr";

    [GeneratedRegex(
        "..(n[ıiuü]n|[dt][ıiuü]r|mas[ıi]|mesi|[ıi]nda|inde|daki|deki|[ıiuü]yor|maz|mez|"
            + "acak|ecek|abilir|ebilir|l[ıiuü]k|lar[ıi]|leri)$"
    )]
    private static partial Regex SuffixRegex();
}
