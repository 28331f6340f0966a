using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Inference.Retrieval;

/// <summary>Extracts search terms from texts: words without suffix variation and without Turkish diacritics.</summary>
/// <remarks>
/// A word without digits is reduced to its first five letters, which works nearly as well for Turkish as a morphological
/// analysis; numbers and codes are kept whole. ç, ğ, ı, ö, ş, ü and letters with a circumflex are folded, because questions are
/// often typed without them, and because the I of a foreign word can be either ı or i. Source: Can et al. 2008, "Information
/// retrieval on Turkish texts", JASIST 59(3), section 5 (stemmer F5).
/// </remarks>
public static class SearchTerms
{
    private const int Letters = 5;
    private const string From = "çğıöşüâîû", To = "cgiosuaiu";

    /// <summary>Extracts the terms of a text in order, including repetitions.</summary>
    public static IReadOnlyList<string> Extract(string text) => [.. TurkishWords.Split(text).Select(GetTerm)];

    /// <summary>Returns the term of one word of <see cref="TurkishWords"/>.</summary>
    public static string GetTerm(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var folded = string.Concat(word.Select(c => From.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i ? To[i] : c));
        return folded.Length <= Letters || folded.Any(char.IsDigit) ? folded : folded[..Letters];
    }
}
