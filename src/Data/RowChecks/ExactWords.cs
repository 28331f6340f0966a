using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.RowChecks;

/// <summary>
/// Extracts the words of a text that must be equal in texts of the same meaning: numbers, and codes such as <c>D50</c>,
/// <c>kur_farki</c> and <c>offsetGet</c>.
/// </summary>
internal static class ExactWords
{
    /// <summary>Extracts the words in lower case.</summary>
    /// <param name="text">The text, with its own case.</param>
    public static HashSet<string> Extract(string text)
    {
        HashSet<string> words = new(StringComparer.Ordinal);
        text = ComparableText.Create(text);
        for (int start = 0, end; start < text.Length; start = end + 1)
        {
            end = FindEnd(text, start, out var isExact);
            if (isExact && !IsListMark(text, start, end)) words.Add(TurkishCase.ToLower(text[start..end]));
        }
        return words;
    }

    private static int FindEnd(string text, int start, out bool isExact)
    {
        var at = start;
        for (isExact = false; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '_' || char.IsDigit(c)) isExact = true;
            else if (char.IsUpper(c)) isExact |= at > start && char.IsLower(text[at - 1]);
            else if (!char.IsLetter(c) && !IsInsideNumber(text, at, start)) break;
        }
        return at;
    }

    // 1.284,5 is one number.
    private static bool IsInsideNumber(string text, int at, int start) =>
        text[at] is '.' or ','
        && at > start && char.IsDigit(text[at - 1])
        && at + 1 < text.Length && char.IsDigit(text[at + 1]);

    // The number of a list item: "1. Menüyü açın."
    private static bool IsListMark(string text, int start, int end)
    {
        if (end - start > 2 || end >= text.Length || text[end] is not ('.' or ')')) return false;
        while (start > 0 && text[start - 1] is ' ' or '\t') start--;
        return start == 0 || text[start - 1] == '\n';
    }
}
