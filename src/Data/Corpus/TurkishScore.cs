using System.Collections.Frozen;

namespace TurkishLlm.Data.Corpus;

/// <summary>Scores how much a text looks like Turkish prose, by its letters and most common words.</summary>
/// <remarks>
/// A word counts for Turkish if it has one of ç ğ ı ö ş ü or is a Turkish function word. It counts against Turkish if it has q,
/// w, x or another letter that is not in the Turkish alphabet, or is an English function word; a symbol typical of program code
/// counts against it like a word. The score is (for − against) ÷ (words + symbols): Turkish prose has 0.3 to 0.7, Turkish without
/// diacritics about 0.1, English and program code are below 0. The score filters documents of the wrong kind; it is not meant for
/// single sentences.
/// </remarks>
public static class TurkishScore
{
    private static readonly FrozenSet<ulong> Turkish = HashWords(
        "ve ile de da ki mi bu o bir ne en her hem ya veya ise ama fakat ancak gibi kadar daha sonra olan "
            + "olarak olur oldu var yok "
        + "ben sen biz siz onlar onun bunun buna bunu bunlar ona onu nasıl neden diye göre kez yani bile eder "
        + "etti etmek edilir ilk iki son yeni "
        + "değil için çok şey şu hiç üzere çünkü eğer ayrıca tarafından sadece üç");

    private static readonly FrozenSet<ulong> English = HashWords(
        "the of and to in is that for it as was with on be by are this or from at an have not you can which if will has their "
        + "when use been were one all but they we he she his her its may more other such than then there these using used");

    /// <summary>Computes the score, −1 … 1; 0 for a text without words.</summary>
    public static double Compute(ReadOnlySpan<char> text)
    {
        var (score, words) = (0, 0);
        var scanner = new WordScanner(text);
        for (; scanner.MoveNext(); words++)
        {
            if (scanner.IsForeign || English.Contains(scanner.Hash)) score--;
            else if (scanner.IsTurkish || Turkish.Contains(scanner.Hash)) score++;
        }
        var all = words + scanner.Symbols;
        return all == 0 ? 0 : (double)(score - scanner.Symbols) / all;
    }

    private static FrozenSet<ulong> HashWords(string words)
    {
        var hashes = new HashSet<ulong>();
        for (var scanner = new WordScanner(words); scanner.MoveNext();) hashes.Add(scanner.Hash);
        return hashes.ToFrozenSet();
    }
}
