using System.Collections.Frozen;
using System.Globalization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Parses numbers written as words: <c>yüz seksen</c> is 180, <c>iki buçuk</c> is 2.5. <c>bir</c> is mostly an article, so it
/// counts only after <c>yüzde</c>, where suffixes are supported too. English words count as well, because answers may be about
/// English chunks.
/// </summary>
internal static class TurkishNumbers
{
    private static readonly FrozenDictionary<string, int> Values = new Dictionary<string, int>
    {
        ["iki"] = 2, ["üç"] = 3, ["dört"] = 4, ["beş"] = 5, ["altı"] = 6, ["yedi"] = 7, ["sekiz"] = 8, ["dokuz"] = 9,
        ["on"] = 10,
        ["yirmi"] = 20,
        ["otuz"] = 30,
        ["kırk"] = 40,
        ["elli"] = 50,
        ["altmış"] = 60,
        ["yetmiş"] = 70,
        ["seksen"] = 80,
        ["doksan"] = 90,
        ["yüz"] = 100, ["bin"] = 1000,
        ["two"] = 2,
        ["three"] = 3,
        ["four"] = 4,
        ["five"] = 5,
        ["six"] = 6,
        ["seven"] = 7,
        ["eight"] = 8,
        ["nine"] = 9,
        ["ten"] = 10,
        ["twelve"] = 12,
        ["fifteen"] = 15,
        ["twenty"] = 20,
        ["thirty"] = 30,
        ["forty"] = 40,
        ["fifty"] = 50,
        ["sixty"] = 60,
        ["ninety"] = 90,
        ["hundred"] = 100,
        ["thousand"] = 1000,
    }.ToFrozenDictionary();

    /// <summary>Returns the numbers in a sequence of words, in order.</summary>
    public static IEnumerable<string> Parse(IEnumerable<string> lowerWords)
    {
        var (sum, current, any, percent) = (0L, 0L, false, false);
        foreach (var word in lowerWords.Append(""))
        {
            if (any && word == "buçuk")
            {
                yield return Text(sum + current) + ".5";
                (sum, current, any) = (0, 0, false);
            }
            else if (GetValue(word, percent) is { } value)
            {
                // "iki üç gün" contains two numbers, "yirmi üç gün" one.
                var continues = value >= 100 || current == 0 || (value < 10 ? current % 10 : current % 100) == 0;
                if (any && !continues)
                {
                    yield return Text(sum + current);
                    (sum, current) = (0, 0);
                }
                if (value == 1000) (sum, current) = (sum + Math.Max(1, current) * 1000, 0);
                else if (value == 100) current = Math.Max(1, current) * 100;
                else current += value;
                any = true;
            }
            else
            {
                if (any) yield return Text(sum + current);
                (sum, current, any) = (0, 0, false);
            }
            percent = word is "yüzde" or "binde" || percent && any;
        }

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static int? GetValue(string word, bool percent)
    {
        if (Values.TryGetValue(word, out var value)) return value;
        if (!percent || word is "yüzde" or "binde") return null;
        if (word.StartsWith("bir", StringComparison.Ordinal) && word.Length <= 8) return 1;
        var whole = Values
            .Keys.Where(number => number.Length >= 2 && word.StartsWith(number, StringComparison.Ordinal))
            .MaxBy(number => number.Length);
        return whole is null ? word.StartsWith("dörd", StringComparison.Ordinal) ? 4 : null : Values[whole];
    }
}
