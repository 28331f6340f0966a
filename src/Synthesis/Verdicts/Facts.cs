using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Extracts the parts of a text that must match exactly: numbers, in figures or words, and codes.</summary>
internal static partial class Facts
{
    private const int MaxAbbreviationLength = 5;

    /// <summary>
    /// Extracts the facts in a canonical form: numbers without thousands separators and with a decimal point, codes in capitals.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="english">True if numbers are written as in English: 1,000.5.</param>
    public static IEnumerable<string> Extract(string text, bool english = false) =>
        
        [
            .. ExtractFigures(text, english),
            .. TurkishNumbers.Parse(GetLowerWords(ListMarkRegex().Replace(ComparableText.Create(text), " "))),
        ];

    /// <summary>Extracts the facts except numbers written as words, which a text in another language would not contain.</summary>
    public static IEnumerable<string> ExtractFigures(string text, bool english = false)
    {
        text = ComparableText.Create(text);
        var isUpperCase = !text.Any(char.IsLower);
        foreach (Match match in TokenRegex().Matches(ListMarkRegex().Replace(text, " ")))
        {
            var token = RemoveSuffix(match.Value);
            if (english) token = string.Create(token.Length, token, (swapped, from) =>
            {
                for (var i = 0; i < from.Length; i++) swapped[i] = from[i] switch { ',' => '.', '.' => ',', var c => c };
            });
            if (token.Length == 0) continue;
            if (RangeRegex().Match(token) is { Success: true } range)
            {
                yield return range.Groups[1].Value;
                yield return range.Groups[2].Value;
            }
            else if (NumberRegex().IsMatch(token)) yield return NormalizeNumber(token);
            else if (token.Any(char.IsAsciiDigit) || token.Contains('_', StringComparison.Ordinal))
                yield return token.ToUpperInvariant().Replace('×', 'X').Replace(',', '.');
            else if (!isUpperCase && IsAbbreviation(token)) yield return token;
        }
    }

    private static IEnumerable<string> GetLowerWords(string text) =>
        WordRegex().Matches(text).Select(match => TurkishCase.ToLower(match.Value));

    // 3.002 is three thousand and two; 9,53 and 0.25 have decimals.
    private static string NormalizeNumber(string number)
    {
        if (ThousandsRegex().IsMatch(number)) number = number.Replace(".", "", StringComparison.Ordinal);
        number = number.Replace(',', '.');
        if (number.Contains('.', StringComparison.Ordinal) && number.Count(c => c == '.') == 1)
            number = number.TrimEnd('0').TrimEnd('.');
        return number;
    }

    // PVC, NYY-J, ÖTV. A longer word with Turkish capitals is an ordinary word in upper case.
    private static bool IsAbbreviation(string token) =>
        token.Length > 1
        && token.All(c => char.IsUpper(c) || c is '-' or '.')
        && (token.Length <= MaxAbbreviationLength || token.All(char.IsAscii));

    // %2'sinden, D90'a, IE-2025-01937. at the end of a sentence
    private static string RemoveSuffix(string token) =>
        token.Split('\'', '’')[0].Trim('.', ',', ':', '-', '/', '%', '_', '+', '×');

    [GeneratedRegex(@"(?m)^\s*(?:\d{1,2}[.)]|[-*•])\s+")]
    private static partial Regex ListMarkRegex();

    [GeneratedRegex(@"[\p{L}\p{N}_][\p{L}\p{N}_.,:/×+'’\-]*")]
    private static partial Regex TokenRegex();

    [GeneratedRegex(@"^(\d{1,4})-(\d{1,4})$")]
    private static partial Regex RangeRegex();

    [GeneratedRegex(@"^\d+([.,]\d+)*$")]
    private static partial Regex NumberRegex();

    [GeneratedRegex(@"^\d{1,3}(\.\d{3})+(,\d+)?$")]
    private static partial Regex ThousandsRegex();

    [GeneratedRegex(@"\p{L}+|\d+|[^\s\p{L}\d]")]
    private static partial Regex WordRegex();
}
