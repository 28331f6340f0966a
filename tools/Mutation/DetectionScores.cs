using System.Text.RegularExpressions;
using TurkishLlm.Tests.Shared;
using static System.FormattableString;

namespace TurkishLlm.Tools.Mutation;

/// <summary>The three scores of <c>docs/detection.md</c>, read from the pages with the results.</summary>
internal static partial class DetectionScores
{
    /// <summary>Returns the section as Markdown.</summary>
    public static string Markdown()
    {
        var planted = PlantedPattern().Match(ReadPage("mutations.md"));
        var random = RandomPattern().Match(ReadPage("random-mutants.md"));
        var foreign = ForeignPattern().Match(ReadPage("foreign-bugs.md"));
        return "\n## Scores\n\n| bugs | chosen | judged | detected | date |\n|---|---|---|---|---|\n"
            + (planted.Success
                ? $"| [planted](mutations.md) | written by hand, known to those who wrote the checks | {planted.Groups["all"]} "
                    + $"| {planted.Groups["killed"]} | {DescribeCatalog(planted.Groups["all"].Value)} |\n"
                : "| planted | written by hand | not measured yet | | |\n")
            + (random.Success
                ? $"| [random](random-mutants.md) | drawn from all that operators make of `src`, seeds {random.Groups["seeds"]} "
                    + $"| {random.Groups["judged"]} | {random.Groups["killed"]} ({random.Groups["score"]}) "
                    + $"| {random.Groups["date"]} |\n"
                : "| random | drawn from all that operators make of `src` | not measured yet | | |\n")
            + (foreign.Success
                ? $"| [foreign](foreign-bugs.md) | made by people, planted in models and loops that are not ours "
                    + $"| {foreign.Groups["all"]} | {foreign.Groups["caught"]} ({foreign.Groups["score"]}) "
                    + "| of the code as it is |\n"
                : "| foreign | bugs of code that is not ours | not measured yet | | |\n");
    }

    private static string DescribeCatalog(string tried) => tried == Invariant($"{MutationCatalog.All.Count}")
        ? "of the code as it is"
        : Invariant($"of an earlier catalog, which now has {MutationCatalog.All.Count}");

    private static string ReadPage(string name) =>
        Path.Combine(Repository.Root, "docs", name) is var page && File.Exists(page) ? File.ReadAllText(page) : "";

    [GeneratedRegex(@"^(?<all>\d+) bugs: (?<caught>\d+) caught, (?<score>[\d.]+ %)\.", RegexOptions.Multiline)]
    private static partial Regex ForeignPattern();

    [GeneratedRegex(@"^(?<all>\d+) tried: (?<killed>\d+) killed", RegexOptions.Multiline)]
    private static partial Regex PlantedPattern();

    [GeneratedRegex(
        @"--seed (?<seeds>[\d,]+) .*Judged from .* to (?<date>[\d-]+)\.\n\n\d+ mutants: (?<killed>\d+) killed, .*; "
            + @"score (?<score>[\d.]+ %) of (?<judged>\d+)\.")]
    private static partial Regex RandomPattern();
}
