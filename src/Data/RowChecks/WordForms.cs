namespace TurkishLlm.Data.RowChecks;

/// <summary>Decides whether two words are forms of one word, or spellings of it.</summary>
/// <remarks>
/// Forms share their beginning and differ in short Turkish endings: <c>fatura</c> and <c>faturalar</c>, <c>kitap</c> and
/// <c>kitabı</c>. Spellings differ in dots and hooks, in a doubled letter, or in two neighbors that are swapped. Another letter
/// makes another word (<c>alacak</c>, <c>olacak</c>), so does an ending that is not Turkish (<c>acos</c>, <c>acosh</c>), and a
/// negation (<c>yapılır</c>, <c>yapılmaz</c>).
/// </remarks>
internal static class WordForms
{
    private const int MinStem = 4, MaxEnding = 4, MinTypoLength = 6;
    private const string Turkish = "çğıöşüâîû", Plain = "cgiosuaiu", Vowels = "aeıioöuü", EndingConsonants = "lrndtysşkğmcçz";
    private const string Hard = "pçtkk", Soft = "bcdğg";

    /// <param name="a">A word in lower case.</param>
    /// <param name="b">Another word in lower case.</param>
    public static bool AreSame(string a, string b)
    {
        if (a == b) return true;
        if (a.Any(char.IsDigit) || b.Any(char.IsDigit)) return false;
        var (shorter, longer) = a.Length <= b.Length ? (a, b) : (b, a);
        var stem = shorter.AsSpan().CommonPrefixLength(longer);
        var (left, right) = (shorter[stem..], longer[stem..]);
        return (stem >= MinStem && AreEndings(left, right))
            || Fold(a) == Fold(b)
            || (shorter.Length >= MinTypoLength && stem > 0 && IsTypo(left, right, longer[stem - 1]));
    }

    private static bool AreEndings(string left, string right)
    {
        if (left.Length > 1 || right.Length > MaxEnding || IsNegation(right)) return false;
        if (left.Length == 1 && right.Length > 1 && IsSoftened(left[0], right[0]) && IsEnding(right[1..])) return true;
        return (left.Length == 0 || IsEnding(left)) && IsEnding(right);
    }

    // fatura-n, fatura-ya, fatura-lar: one vowel or n, m, r; longer ones have a vowel, and consonants of suffixes.
    private static bool IsEnding(string ending) => ending.Length == 1
        ? IsVowel(ending[0]) || ending[0] is 'n' or 'm' or 'r'
        : ending.Any(IsVowel) && ending.All(c => IsVowel(c) || EndingConsonants.Contains(c, StringComparison.Ordinal));

    private static bool IsVowel(char c) => Vowels.Contains(c, StringComparison.Ordinal);

    private static bool IsSoftened(char hard, char soft)
    {
        for (var i = 0; i < Hard.Length; i++)
            if (Hard[i] == hard && Soft[i] == soft) return true;
        return false;
    }

    private static bool IsNegation(string ending) => ending is ['m', 'a' or 'e' or 'ı' or 'i' or 'u' or 'ü', ..];

    // A doubled letter that is not the last, or two neighbors swapped.
    private static bool IsTypo(string left, string right, char before) =>
        (left.Length > 0 && right.Length == left.Length + 1 && right[1..] == left && right[0] == before)
        || (right.Length == left.Length && left.Length >= 2
            && left[0] == right[1] && left[1] == right[0] && left[2..] == right[2..]);

    private static string Fold(string word) =>
        string.Create(word.Length, word, (folded, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                folded[i] = Turkish.IndexOf(from[i], StringComparison.Ordinal) is >= 0 and var letter ? Plain[letter] : from[i];
        });
}
