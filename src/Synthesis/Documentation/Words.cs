using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>The words of a text: runs of letters. What stands behind an apostrophe is a suffix, and no word.</summary>
internal static partial class Words
{
    public static IEnumerable<string> Split(string text) => WordRegex().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"(\p{L}+)(?:['’]\p{L}+)?")]
    private static partial Regex WordRegex();
}
