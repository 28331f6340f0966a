using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>Splits text into words, which are runs of letters. The suffix after an apostrophe is not a word.</summary>
internal static partial class Words
{
    public static IEnumerable<string> Split(string text) => WordRegex().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"(\p{L}+)(?:['’]\p{L}+)?")]
    private static partial Regex WordRegex();
}
