using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Data.Retrieval;

/// <summary>Extracts search terms from texts: words without suffix variation and without Turkish diacritics.</summary>
/// <remarks>
/// A word without digits is reduced to its first five letters, which works nearly as well for Turkish as a morphological
/// analysis; numbers and codes are kept whole. ç, ğ, ı, ö, ş, ü and letters with a circumflex are folded, because questions are
/// often typed without them, and because the I of a foreign word can be either ı or i. Source: Can et al. 2008, "Information
/// retrieval on Turkish texts", JASIST 59(3), section 5 (stemmer F5).
/// </remarks>
public static class SearchTerms
{
    private const int StemLetters = 5, PrefixLetters = 8;
    private const string From = "çğıöşüâîû", To = "cgiosuaiu";

    /// <summary>Extracts the terms of a text in order, including repetitions.</summary>
    public static IReadOnlyList<string> Extract(string text) => [.. TurkishWords.Split(text).Select(GetTerm)];

    /// <summary>
    /// Extracts the terms of an index of passages, in order, including repetitions. A word of more than five letters has a second
    /// term, its first eight letters and a dollar sign, so that passages with the same long word rank above those that share its
    /// beginning only.
    /// </summary>
    public static IReadOnlyList<string> ExtractForIndex(string text)
    {
        var terms = new List<string>();
        foreach (var word in TurkishWords.Split(text))
        {
            var folded = Fold(word);
            terms.Add(Cut(folded, StemLetters));
            if (terms[^1].Length < folded.Length) terms.Add(Cut(folded, PrefixLetters) + "$");
        }
        return terms;
    }

    /// <summary>Returns the term of one word of <see cref="TurkishWords"/>.</summary>
    public static string GetTerm(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return Cut(Fold(word), StemLetters);
    }

    private static string Fold(string word) => string.Create(word.Length, word, static (folded, letters) =>
    {
        for (var i = 0; i < folded.Length; i++)
            folded[i] = From.IndexOf(letters[i], StringComparison.Ordinal) is >= 0 and var at ? To[at] : letters[i];
    });

    private static string Cut(string word, int letters) =>
        word.Length <= letters || word.Any(char.IsDigit) ? word : word[..letters];
}
