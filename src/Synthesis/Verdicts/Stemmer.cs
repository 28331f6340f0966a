using System.Collections.Frozen;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// What words are about, without their suffixes: Turkish words by their first five letters, the last of which is made hard
/// (<c>kitabı</c> and <c>kitap</c>, <c>rengi</c> and <c>renk</c> agree). Function words are about nothing.
/// </summary>
/// <remarks>Five letters were found to do as well as a stemmer in retrieval: Can et al. 2008, "Information retrieval on Turkish texts".</remarks>
internal static class Stemmer
{
    private const int Length = 5;

    private static readonly FrozenSet<string> FunctionWords = FrozenSet.ToFrozenSet((
        "ve veya ya da de ile ki mi mı mu mü bu o şu bir iki her hem ne en daha çok az gibi kadar göre için üzere ise eğer ancak ama fakat çünkü yani ayrıca "
        + "sonra önce olan olarak olur oldu olması olmak olduğu olduğunda değil var yok yalnızca sadece kendi hangi nasıl neden kaç kim nedir hangisi bunun buna "
        + "bunu bunlar onun ona onu onlar tüm bütün aynı diğer başka böyle böylece şöyle yer alır bulunur gerekir edilir eder etmek yapılır yapar yapmak "
        + "verilir sağlar kullanılır arasında üzerinde içinde altında tarafından bile artık hiç hep evet hayır ilk son birlikte şekilde durumda zaman "
        + "the of and to in is that for it as was with on be by are this or from at an have not can which if will has their when").Split(' '));

    /// <summary>Stems of the words that are about something, in order, each as often as it occurs.</summary>
    public static IEnumerable<string> Extract(string text)
    {
        foreach (var word in Words.Split(text))
        {
            if (word.Length > 1 && word.All(char.IsUpper)) continue;      // a code, which is a fact
            var lower = TurkishCase.ToLower(word);
            if (lower.Length > 1 && !FunctionWords.Contains(lower)) yield return GetStem(lower);
        }
    }

    /// <summary>The word is about nothing by itself; in small letters.</summary>
    public static bool IsFunctionWord(string lower) => FunctionWords.Contains(lower);

    /// <summary>The stem of a word in small letters.</summary>
    public static string GetStem(string lower)
    {
        // Short words differ from their inflected forms in the last letter of the root: renk, rengi.
        var stem = lower.Length > Length ? lower[..Length] : lower;
        var last = stem[^1] switch { 'b' => 'p', 'c' => 'ç', 'd' => 't', 'ğ' or 'g' => 'k', var c => c };
        return stem[..^1] + last;
    }

    /// <summary>Two stems are of one word: equal, or the shorter, of at least three letters, begins the longer.</summary>
    public static bool IsSameStem(string a, string b)
    {
        if (a.Length > b.Length) (a, b) = (b, a);
        if (a.Length == b.Length) return a == b;
        return a.Length >= 3 && b.AsSpan(0, a.Length - 1).SequenceEqual(a.AsSpan(0, a.Length - 1)) && Harden(b[a.Length - 1]) == a[^1];
    }

    private static char Harden(char c) => c switch { 'b' => 'p', 'c' => 'ç', 'd' => 't', 'ğ' or 'g' => 'k', _ => c };
}
