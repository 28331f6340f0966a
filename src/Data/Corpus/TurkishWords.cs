using System.Globalization;
using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// Extracts the words by which answers and passages are compared: <c>Ankara'daki IŞIK, 1.284,5 kg!</c> has the words ankara,
/// ışık, 1.284,5 and kg.
/// </summary>
/// <remarks>
/// Text has the form of <see cref="ComparableText"/> and is lower-cased by Turkish rules, independent of the culture. Words are
/// runs of letters and digits, with point or comma between digits and a minus before them. The suffix after an apostrophe is
/// dropped, because an answer is correct in any grammatical case. Spec: EVL-11.
/// </remarks>
public static class TurkishWords
{
    private const string Apostrophes = "'’‘ʼ`´", Minuses = "-−";

    /// <summary>Extracts the words in order.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = TurkishCase.ToLower(ComparableText.Create(text));
        var words = new List<string>();
        var at = 0;
        while (at < text.Length)
        {
            var (end, isNumber) = FindEnd(text, at);
            if (end == at)
            {
                at += GetCharCount(text, at);
                continue;
            }
            var isNegative =
                isNumber
                && at > 0
                && Minuses.Contains(text[at - 1], StringComparison.Ordinal)
                && (at == 1 || !IsWordCharacter(text, at - 2));
            words.Add((isNegative ? "-" : "") + text[at..end]);
            at = SkipSuffix(text, end);
        }
        return words;
    }

    /// <summary>Joins the words with single spaces: equal answers give equal texts.</summary>
    public static string Normalize(string text) => string.Join(' ', Split(text));

    /// <summary>Returns true if words occur consecutively in a text.</summary>
    public static bool Contains(IReadOnlyList<string> text, IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(words);
        for (var start = 0; start + words.Count <= text.Count; start++)
            if (text.Skip(start).Take(words.Count).SequenceEqual(words, StringComparer.Ordinal)) return true;
        return false;
    }

    // Returns the end of the word that begins here, and whether it begins with a digit.
    private static (int End, bool IsNumber) FindEnd(string text, int start)
    {
        var at = start;
        while (at < text.Length)
        {
            if (IsWordCharacter(text, at)) at += GetCharCount(text, at);
            else if (
                text[at] is '.' or ','
                && at > start
                && char.IsDigit(text[at - 1])
                && at + 1 < text.Length
                && char.IsDigit(text[at + 1]))
                at++;
            else break;
        }
        return (at, at > start && char.IsDigit(text[start]));
    }

    private static int SkipSuffix(string text, int end)
    {
        if (end + 1 >= text.Length || !Apostrophes.Contains(text[end], StringComparison.Ordinal) || !char.IsLetter(text[end + 1]))
            return end;
        var at = end + 1;
        while (at < text.Length && IsWordCharacter(text, at)) at += GetCharCount(text, at);
        return at;
    }

    private static bool IsWordCharacter(string text, int at)
    {
        if (char.IsLowSurrogate(text[at]) && at > 0) at--;
        return Rune.TryGetRuneAt(text, at, out var rune)
            && (
                Rune.IsLetter(rune)
                || Rune.IsNumber(rune)
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);
    }

    private static int GetCharCount(string text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
}
