using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis;

/// <summary>Finds text that is not Turkish, and Turkish whose letters lost their marks (<c>siparis</c> for <c>sipariş</c>).</summary>
internal static class TurkishCheck
{
    private const int FewWords = 6;

    /// <summary>What is wrong with a text; empty when nothing is.</summary>
    /// <param name="text">A question or an answer.</param>
    /// <param name="vocabulary">Turkish words in small letters that the text may have lost the marks of, such as those of the chunks.</param>
    public static string ProblemOf(string text, IReadOnlySet<string> vocabulary)
    {
        var (turkish, english, words) = PageLanguage.Count(text);
        if (english > turkish) return "English";
        if (words >= FewWords && turkish == 0) return "no Turkish letter and no Turkish function word";
        var lost = LostMarks(text, vocabulary).FirstOrDefault();
        return lost is null ? "" : $"letters without their marks: {lost}";
    }

    /// <summary>All words of chunks, in small letters.</summary>
    public static HashSet<string> Vocabulary(IEnumerable<Chunk> chunks) =>
        chunks.Where(chunk => chunk.Language == "tr").SelectMany(chunk => Words.Of($"{chunk.Breadcrumb} {chunk.Text}")).Select(TurkishCase.Lower).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> LostMarks(string text, IReadOnlySet<string> vocabulary)
    {
        HashSet<string>? marked = null;
        foreach (var word in Words.Of(text))
        {
            var lower = TurkishCase.Lower(word);
            if (lower.Length < 4 || vocabulary.Contains(lower) || lower.Any(c => Anchor.Ascii(c) != c)) continue;
            marked ??= vocabulary.Where(known => known.Any(c => Anchor.Ascii(c) != c)).Select(known => new string([.. known.Select(Anchor.Ascii)])).ToHashSet(StringComparer.Ordinal);
            if (marked.Contains(lower)) yield return word;
        }
    }
}
