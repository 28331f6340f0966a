using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Documentation;

/// <summary>
/// Splits text into words, which are runs of letters, in the form of <see cref="ComparableText"/>. The suffix after an apostrophe
/// is not a word.
/// </summary>
internal static partial class Words
{
    public static IEnumerable<string> Split(string text) =>
        WordRegex().Matches(ComparableText.Create(text)).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"(\p{L}+)(?:['’]\p{L}+)?")]
    private static partial Regex WordRegex();
}
