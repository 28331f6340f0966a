using System.Text.RegularExpressions;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>
/// Finds the options of a multiple-choice question: lines A), B), C) … in its text. The answer repeats the line, the letter or
/// the text of one of them.
/// </summary>
internal static partial class OptionLines
{
    /// <returns>The options in the form of the answer; empty if the question has none, or the answer is something else.</returns>
    public static IReadOnlyList<string> Parse(string question, string answer)
    {
        var options = Line()
            .Matches(question)
            .Where((option, i) => option.Groups["letter"].ValueSpan is [var letter] && letter == 'A' + i)
            .ToArray();
        if (options.Length < 2) return [];
        foreach (var part in (string[])["line", "letter", "text"])
        {
            string[] written = [.. options.Select(option => option.Groups[part].Value.Trim())];
            if (written.Contains(answer, StringComparer.Ordinal)) return written;
        }
        return [];
    }

    [GeneratedRegex(
        @"^[ \t]*(?<line>(?<letter>[A-H])[).][ \t]+(?<text>\S.*))$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
