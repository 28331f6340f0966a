using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Tests.Shared;
using static System.FormattableString;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>What requirements measured on a bug.</summary>
/// <param name="Ids">The requirements that fail.</param>
/// <param name="Named">The nearest impostor; empty if none is near.</param>
internal sealed record ForeignBugResult(IReadOnlyList<string> Ids, string Named);

/// <summary>docs/foreign-bugs.md: rendered from the list of bugs and from results, which are read from the page itself.</summary>
internal static partial class ForeignBugPage
{
    // Of the requirements as they were before the misses led to extensions; one more failed by an exception.
    private const int FirstCaught = 73;

    // By the explanations as they were before the wrong ones led to patterns.
    private const int FirstNamed = 43;

    public static string File { get; } = Path.Combine(Repository.Root, "docs", "foreign-bugs.md");

    public static IReadOnlyDictionary<ForeignBug, ForeignBugResult> Read() => RowPattern()
        .Matches(System.IO.File.ReadAllText(File).ReplaceLineEndings("\n"))
        .ToDictionary(
            row => Enum.Parse<ForeignBug>(row.Groups["bug"].Value),
            row => new ForeignBugResult(
                row.Groups["ids"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries), row.Groups["named"].Value));

    public static string Render(IReadOnlyDictionary<ForeignBug, ForeignBugResult> results)
    {
        var counted = ForeignCatalogs.Reports.Where(report => !ForeignBugNotes.NotCounted.ContainsKey(report.Bug)).ToArray();
        var caught = counted.Count(report => results[report.Bug].Ids.Count > 0);
        var named = counted.Where(report => results[report.Bug].Ids.Count > 0 && ForeignImpostors.ByBug.ContainsKey(report.Bug))
            .ToLookup(report => ForeignImpostors.ByBug[report.Bug].Contains(results[report.Bug].Named));
        var text = new StringBuilder();
        var (decoders, loops) = (CountNamed(IsDecoder), CountNamed(report => !IsDecoder(report)));
        text.Append(Introduce(counted.Length, caught, decoders, loops));

        (int Named, int All) CountNamed(Func<ForeignBugReport, bool> choose) =>
            (named[true].Count(choose), named.SelectMany(group => group).Count(choose));
        text.Append("\n## Caught\n\n");
        text.Append("| bug | in | what is wrong | report | caught by | looks like |\n|---|---|---|---|---|---|\n");
        foreach (var report in counted.Where(report => results[report.Bug].Ids.Count > 0))
            text.Append(RenderRow(report, results[report.Bug], named[false].Contains(report) ? "*" : ""));
        text.Append("\n## Not caught\n\n| bug | in | what is wrong | report | caught by | reason |\n|---|---|---|---|---|---|\n");
        foreach (var report in counted.Where(report => results[report.Bug].Ids.Count == 0))
            text.Append(RenderRow(
                report, results[report.Bug] with { Named = ForeignBugNotes.Missed.GetValueOrDefault(report.Bug, "") }, ""));
        text.Append("\n## Not counted\n\nThey change nothing that the model in which they were planted does, ");
        text.Append("or stop every training with an error.\n\n");
        text.Append("| bug | in | what is wrong | report | caught by | reason |\n|---|---|---|---|---|---|\n");
        foreach (var report in ForeignCatalogs.Reports.Except(counted))
            text.Append(RenderRow(report, results[report.Bug] with { Named = ForeignBugNotes.NotCounted[report.Bug] }, ""));
        return text.ToString();
    }

    private static bool IsDecoder(ForeignBugReport report) => ForeignDecoders.Names.Contains(report.Subject);

    private static string Introduce(
        int counted, int caught, (int Named, int All) decoders, (int Named, int All) loops) => Invariant($"""
        # Bugs of foreign code

        Five models and two training loops were rebuilt from public descriptions, with modules of TorchSharp and without
        the code of this project (`tests/Unit/LanguageModels/Foreign`). Bugs that people made in such code are planted in
        them, one at a time, by a switch. The list was written from public reports before a requirement judged it.
        `Judge.Decoder` and `Judge.Loop` judge each bug as a black box, in float32 on the CPU.

        {counted} bugs: {caught} caught, {Share(caught, counted)}. Before the misses led to extensions of requirements,
        {FirstCaught} were, {Share(FirstCaught, counted)}.

        Of {decoders.All + loops.All} caught bugs that an impostor has too, the explanation names that impostor first for
        {decoders.Named + loops.Named}, {Share(decoders.Named + loops.Named, decoders.All + loops.All)}:
        {decoders.Named} of {decoders.All} in decoders, {loops.Named} of {loops.All} in loops. The others are marked with *.
        Before the wrong ones led to better patterns, it did for {FirstNamed}.

        Tests judge each bug by the requirements of its row. To measure all rows, which takes a quarter of an hour, run
        `dotnet test tests/Unit/Unit.csproj -c Release --filter FullyQualifiedName~ForeignBugTests.Record` with the
        environment variable `FOREIGN_BUGS=record`.

        """).ReplaceLineEndings("\n");

    private static string RenderRow(ForeignBugReport report, ForeignBugResult result, string mark)
    {
        var source = report.Source is null ? "typical" : $"[{ShortName(report.Source)}](https://github.com/{report.Source})";
        var ids = string.Join(' ', result.Ids);
        return $"| {report.Bug} | {report.Subject} | {report.What} | {source} | {ids} | {result.Named}{mark} |\n";
    }

    private static string ShortName(string source)
    {
        var parts = source.Split('/');
        return $"{parts[1]} {parts[^1]}";
    }

    private static string Share(int part, int all) =>
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / Math.Max(1, all):0.0} %");

    [GeneratedRegex(
        @"^\| (?<bug>\w+) \| [^|]+ \| [^|]+ \| [^|]+ \| (?<ids>[A-Z0-9 -]*) \| (?<named>[^|*]*?)\*? \|$",
        RegexOptions.Multiline)]
    private static partial Regex RowPattern();
}
