using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>
/// Splits text into sentences. A common abbreviation, a single letter or the number of a list item does not end a sentence, and
/// neither does a point before a lower-case letter.
/// </summary>
public static partial class Sentences
{
    private static readonly HashSet<string> Abbreviations = new(StringComparer.Ordinal)
    {
        "vb",
        "vs", "bkz", "örn", "yy", "no", "dr", "prof", "sn", "st", "tel", "cad", "mah", "ör", "maks", "min", "ort", "yak", "a.ş",
        "ltd", "şti", "e.g", "i.e", "etc", "fig", "art",
    };

    /// <summary>Splits a text into sentences without surrounding white space.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> sentences = [];
        var start = 0;
        foreach (var end in FindEnds(text))
        {
            if (text[start..end].Trim() is { Length: > 0 } sentence) sentences.Add(sentence);
            start = end;
        }
        return sentences;
    }

    /// <summary>
    /// Enumerates the end of each sentence, after the following white space; the last is the end of the text. Line ends also end
    /// sentences.
    /// </summary>
    internal static IEnumerable<int> FindEnds(string text)
    {
        var last = 0;
        foreach (Match mark in BoundaryRegex().Matches(text))
        {
            var end = mark.Index + mark.Length;
            if (end >= text.Length) break;
            if (!mark.Value.Contains('\n', StringComparison.Ordinal) && !EndsSentence(text, mark, end)) continue;
            yield return last = end;
        }
        if (text.Length > last) yield return text.Length;
    }

    private static bool EndsSentence(string text, Match mark, int next)
    {
        if (mark.Value[0] is not '.') return true;
        if (char.IsLower(text[next])) return false;
        var start = mark.Index;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '.')) start--;
        var word = text[start..mark.Index];
        if (word.Length == 0 || Abbreviations.Contains(word.ToLowerInvariant()) || word.Length == 1 && char.IsLetter(word[0]))
            return false;
        return !(word.All(char.IsAsciiDigit) && IsLineStart(text, start));
    }

    // The number of a list item, such as "2. Kalemleri girin."
    private static bool IsLineStart(string text, int at)
    {
        while (at > 0 && text[at - 1] == ' ') at--;
        return at == 0 || text[at - 1] == '\n';
    }

    [GeneratedRegex(@"[.!?…]+[""”’')\]]*\s+|\n\s*")]
    private static partial Regex BoundaryRegex();
}
