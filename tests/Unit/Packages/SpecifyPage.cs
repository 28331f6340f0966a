using System.Text.RegularExpressions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Packages;

/// <summary>The code and the output that docs/guide/specify.md prints.</summary>
internal static partial class SpecifyPage
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "specify.md"));

    /// <summary>Returns the blocks of a section.</summary>
    /// <param name="section">Its heading.</param>
    /// <param name="language">Language of the blocks; empty for output.</param>
    public static string[] Blocks(string section, string language = "csharp")
    {
        var start = Text.IndexOf($"## {section}\n", StringComparison.Ordinal);
        var end = Text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return
        [
            .. BlockPattern().Matches(Text[start..(end < 0 ? Text.Length : end)])
                .Where(match => match.Groups[1].Value == language)
                .Select(match => match.Groups[2].Value),
        ];
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
