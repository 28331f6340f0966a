using System.Globalization;
using System.Text.RegularExpressions;

namespace TurkishLlm.Data.Retrieval;

/// <summary>
/// Marks by which an answer names the passages that support it: a passage is shown to the model as <c>[2] text</c>, and an answer
/// from it ends with <c>[2]</c>.
/// </summary>
/// <remarks>Spec: RET-03.</remarks>
public static partial class Citation
{
    /// <summary>Returns the text of a passage as the model reads it.</summary>
    /// <param name="number">Number of the passage, counted from 1.</param>
    /// <param name="passage">The text.</param>
    public static string Number(int number, string passage) =>
        string.Create(CultureInfo.InvariantCulture, $"[{number}] {passage}");

    /// <summary>Returns an answer that cites passages.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="numbers">Numbers of the passages.</param>
    public static string Append(string answer, IEnumerable<int> numbers)
    {
        var marks = string.Concat(numbers.Order().Select(number => string.Create(CultureInfo.InvariantCulture, $"[{number}]")));
        return marks.Length == 0 ? answer : $"{answer} {marks}";
    }

    /// <summary>Returns the numbers that an answer cites, each once, in order.</summary>
    public static IReadOnlyList<int> Find(string answer) =>
        [.. Mark().Matches(answer).Select(match => Parse(match.Groups["number"].ValueSpan)).Distinct()];

    /// <summary>Returns an answer without its citations.</summary>
    public static string Remove(string answer) => Mark().Replace(answer, "").TrimEnd();

    /// <summary>Returns the number of a passage as the model reads it; null if it has none.</summary>
    public static int? FindNumber(string passage) =>
        Mark().Match(passage) is { Success: true, Index: 0 } match ? Parse(match.Groups["number"].ValueSpan) : null;

    private static int Parse(ReadOnlySpan<char> digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@" ?\[(?<number>[1-9][0-9]{0,3})\]")]
    private static partial Regex Mark();
}
