using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// A split rule as the regular expression of <see cref="SplitPatterns"/> states it. .NET matches UTF-16 units, so a character
/// beyond U+FFFF is first replaced by one of the same class up to U+FFFF, and the pre-tokens are taken from the original.
/// </summary>
public static class BytePairSplitOracle
{
    private static readonly ConcurrentDictionary<string, Regex> Expressions = new(StringComparer.Ordinal);

    /// <summary>Splits a text into pre-tokens by the rule for Turkish.</summary>
    public static List<string> Split(string text) => Split(text, SplitRule.Turkish);

    /// <summary>Splits a text into pre-tokens by a rule, of which only the name is used.</summary>
    public static List<string> Split(string text, SplitRule rule) => Split(text, SplitPatterns.All[rule.Name]);

    /// <summary>
    /// Splits a text into pre-tokens by an expression. Text that the expression does not match is a pre-token too, as in other
    /// libraries.
    /// </summary>
    public static List<string> Split(string text, string pattern)
    {
        var stand = new StringBuilder();
        var starts = new List<int>();
        for (var i = 0; i < text.Length; i++)
        {
            starts.Add(i);
            var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            stand.Append(pair ? BmpReplacement(char.ConvertToUtf32(text[i], text[++i])) : text[i]);
        }
        starts.Add(text.Length);

        var pieces = new List<string>();
        var end = 0;
        var expression = Expressions.GetOrAdd(pattern, p => new Regex(p, RegexOptions.CultureInvariant));
        foreach (Match match in expression.Matches(stand.ToString()))
        {
            if (match.Index > end) pieces.Add(text[starts[end]..starts[match.Index]]);
            end = match.Index + match.Length;
            pieces.Add(text[starts[match.Index]..starts[end]]);
        }
        if (starts[end] < text.Length) pieces.Add(text[starts[end]..]);
        return pieces;
    }

    // A letter without case, since expressions treat a–z and A–Z differently.
    private static char BmpReplacement(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        <= UnicodeCategory.OtherLetter => '中',
        <= UnicodeCategory.EnclosingMark => '\u0301',
        <= UnicodeCategory.OtherNumber => '7',
        _ => '#',
    };
}
