using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Inference.Retrieval;

/// <summary>What texts are searched by: their words without the letters that a suffix changes and people leave undotted.</summary>
/// <remarks>
/// Of a word without digits the first five letters, which does nearly as well for Turkish as a morphological analysis; numbers and
/// codes as a whole. ç, ğ, ı, ö, ş, ü and letters with a circumflex are folded, because questions are typed without them, and because
/// nobody knows of an I in a foreign word which of the two it is.
/// Source: Can et al. 2008, "Information retrieval on Turkish texts", JASIST 59(3), section 5 (stemmer F5).
/// </remarks>
public static class SearchTerms
{
    private const int Letters = 5;
    private const string From = "çğıöşüâîû", To = "cgiosuaiu";

    /// <summary>The terms in order, repetitions included.</summary>
    public static IReadOnlyList<string> Extract(string text) => [.. TurkishWords.Split(text).Select(GetTerm)];

    /// <summary>The term of one word of <see cref="TurkishWords"/>.</summary>
    public static string GetTerm(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var folded = string.Concat(word.Select(c => From.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i ? To[i] : c));
        return folded.Length <= Letters || folded.Any(char.IsDigit) ? folded : folded[..Letters];
    }
}
