using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Finds text that is not Turkish, and Turkish text without diacritics (<c>siparis</c> for <c>sipariş</c>).</summary>
internal static class TurkishCheck
{
    private const int MinWords = 6;

    /// <summary>Returns the problem, or an empty string.</summary>
    /// <param name="text">A question or an answer.</param>
    /// <param name="vocabulary">Turkish words in lower case with their diacritics, such as those of the chunks.</param>
    public static string FindProblem(string text, IReadOnlySet<string> vocabulary)
    {
        var (turkish, english, words) = PageLanguage.Count(text);
        if (english > turkish) return "English";
        if (words >= MinWords && turkish == 0) return "no Turkish letter and no Turkish function word";
        var lost = FindWordsWithoutDiacritics(text, vocabulary).FirstOrDefault();
        return lost is null ? "" : $"missing diacritics: {lost}";
    }

    /// <summary>Collects all words of chunks, in lower case.</summary>
    public static HashSet<string> BuildVocabulary(IEnumerable<Chunk> chunks) =>
        chunks
            .Where(chunk => chunk.Language == "tr")
            .SelectMany(chunk => Words.Split($"{chunk.Breadcrumb} {chunk.Text}"))
            .Select(TurkishCase.ToLower)
            .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> FindWordsWithoutDiacritics(string text, IReadOnlySet<string> vocabulary)
    {
        HashSet<string>? withoutDiacritics = null;
        foreach (var word in Words.Split(text))
        {
            var lower = TurkishCase.ToLower(word);
            if (lower.Length < 4 || vocabulary.Contains(lower) || lower.Any(c => Anchor.ToAscii(c) != c)) continue;
            withoutDiacritics ??= vocabulary
                .Where(known => known.Any(c => Anchor.ToAscii(c) != c))
                .Select(known => new string([.. known.Select(Anchor.ToAscii)]))
                .ToHashSet(StringComparer.Ordinal);
            if (withoutDiacritics.Contains(lower)) yield return word;
        }
    }
}
