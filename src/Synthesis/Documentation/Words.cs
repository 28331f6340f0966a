using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis;

/// <summary>The words of a text: runs of letters. What stands behind an apostrophe is a suffix, and no word.</summary>
internal static partial class Words
{
    public static IEnumerable<string> Of(string text) => Word().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"(\p{L}+)(?:['’]\p{L}+)?")]
    private static partial Regex Word();
}
