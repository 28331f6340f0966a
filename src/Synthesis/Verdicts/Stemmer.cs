using System.Collections.Frozen;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Extracts word stems without suffixes: the first five letters of Turkish words, with a soft last consonant hardened
/// (<c>kitabı</c> and <c>kitap</c>, <c>rengi</c> and <c>renk</c> match). Function words are skipped.
/// </summary>
/// <remarks>
/// In retrieval, five letters work as well as a stemmer: Can et al. 2008, "Information retrieval on Turkish texts".
/// </remarks>
internal static class Stemmer
{
    private const int Length = 5;

    private static readonly FrozenSet<string> FunctionWords = FrozenSet.ToFrozenSet((
        "ve veya ya da de ile ki mi mı mu mü bu o şu bir iki her hem ne en daha çok az gibi kadar göre için "
        + "üzere ise eğer ancak ama fakat çünkü yani ayrıca "
        + "sonra önce olan olarak olur oldu olması olmak olduğu olduğunda değil var yok yalnızca sadece kendi "
        + "hangi nasıl neden kaç kim nedir hangisi bunun buna "
        + "bunu bunlar onun ona onu onlar tüm bütün aynı diğer başka böyle böylece şöyle yer alır bulunur "
        + "gerekir edilir eder etmek yapılır yapar yapmak "
        + "verilir sağlar kullanılır arasında üzerinde içinde altında tarafından bile artık hiç hep evet hayır "
        + "ilk son birlikte şekilde durumda zaman "
        + "the of and to in is that for it as was with on be by are this or from at an have not can which if "
        + "will has their when").Split(' '));

    /// <summary>Extracts the stems of the content words in order, including repetitions.</summary>
    public static IEnumerable<string> Extract(string text)
    {
        foreach (var word in Words.Split(text))
        {
            if (word.Length > 1 && word.All(char.IsUpper)) continue;      // a code, which counts as a fact
            var lower = TurkishCase.ToLower(word);
            if (lower.Length > 1 && !FunctionWords.Contains(lower)) yield return GetStem(lower);
        }
    }

    /// <summary>Returns true for a function word, given in lower case.</summary>
    public static bool IsFunctionWord(string lower) => FunctionWords.Contains(lower);

    /// <summary>Returns the stem of a word, given in lower case.</summary>
    public static string GetStem(string lower)
    {
        // In short words, the last letter of the root changes with inflection: renk, rengi.
        var stem = lower.Length > Length ? lower[..Length] : lower;
        var last = stem[^1] switch { 'b' => 'p', 'c' => 'ç', 'd' => 't', 'ğ' or 'g' => 'k', var c => c };
        return stem[..^1] + last;
    }

    /// <summary>
    /// Returns true if two stems match: they are equal, or the shorter one has at least three letters and is a prefix of the
    /// longer.
    /// </summary>
    public static bool IsSameStem(string a, string b)
    {
        if (a.Length > b.Length) (a, b) = (b, a);
        if (a.Length == b.Length) return a == b;
        return a.Length >= 3
            && b.AsSpan(0, a.Length - 1).SequenceEqual(a.AsSpan(0, a.Length - 1))
            && Harden(b[a.Length - 1]) == a[^1];
    }

    /// <summary>Returns true if a set contains a matching stem.</summary>
    public static bool Contains(HashSet<string> stems, string stem) =>
        stems.Contains(stem) || stems.Any(other => IsSameStem(other, stem));

    private static char Harden(char c) => c switch { 'b' => 'p', 'c' => 'ç', 'd' => 't', 'ğ' or 'g' => 'k', _ => c };
}
