using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Spec.Kernel;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Which requirement and which planted bug stand for each row of the catalogue of silent bugs: <c>docs/detection.md</c>.</summary>
public static partial class DetectionMap
{
    // Rows whose subject is not in the code, and what brings it.
    private static readonly (string Area, string[] Rows, string WaitsFor)[] BugsWithoutSubject =
    [
        ("Loss scaling", ["ACC-09"], "nothing: there is no float16"),
        ("Saving inside a step", ["ACC-11"], "nothing: there is no such save"),
        ("Scaled embeddings", ["NUM-05"], "nothing: embeddings are not scaled"),
        ("Schedules with a state", ["CKP-14"], "nothing: the rate is a function of the step"),
        ("Models that outlive a load, or move", ["CKP-13", "PLB-05"], "nothing: weights are made where they stay, and before what uses them"),
        ("Backward passes that differ from run to run", ["NUM-12"], "the GPU suite; on the CPU resumed runs are compared bit by bit"),
    ];

    /// <summary>Rows that are said to have no subject.</summary>
    public static IReadOnlyList<string> OpenBugIds { get; } = [.. BugsWithoutSubject.SelectMany(area => area.Rows)];

    /// <summary>Rows that a requirement or a planted bug names.</summary>
    public static IReadOnlyList<string> CoveredBugIds { get; } = [.. RequirementCatalogue.All.SelectMany(BugIdsOf).Concat(MutationCatalogue.All.SelectMany(mutation => mutation.BugIds)).Distinct()];

    /// <summary>The page.</summary>
    public static string Markdown()
    {
        var requirements = RequirementCatalogue.All.SelectMany(r => BugIdsOf(r).Select(row => (Row: row, Requirement: r))).ToLookup(pair => pair.Row, pair => pair.Requirement);
        var mutations = MutationCatalogue.All.SelectMany(m => m.BugIds.Select(row => (Row: row, Mutation: m))).ToLookup(pair => pair.Row, pair => pair.Mutation);
        var rows = CoveredBugIds
            .OrderBy(row => Array.IndexOf(AreaOrder, row[..3])).ThenBy(row => row, StringComparer.Ordinal).ToArray();
        var text = new StringBuilder("# What finds which silent bug\n\nPrinted by `./run mutate --map` from the sources of requirements and the rows of planted bugs; a test fails when this page is stale.\n");
        text.Append(CultureInfo.InvariantCulture, $"\n{rows.Length} rows of the catalogue of silent bugs, {RequirementCatalogue.All.Sum(r => r.ImpostorNames.Count)} impostors of {RequirementCatalogue.All.Count} requirements, {MutationCatalogue.All.Count} planted bugs. A requirement's impostors are in [SPEC.md](SPEC.md), what became of a planted bug in [mutations.md](mutations.md).\n");
        text.Append("\n| row | requirements | impostors | planted bugs |\n|---|---|---|---|\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {row} | {Join(requirements[row].Select(r => r.Id))} | {requirements[row].Sum(r => r.ImpostorNames.Count)} | {Join(mutations[row].Select(m => m.Id))} |\n");
        text.Append("\n## Open\n\nRows whose subject is not in the code.\n\n| area | rows | wait for |\n|---|---|---|\n");
        foreach (var (area, of, waitsFor) in BugsWithoutSubject) text.Append(CultureInfo.InvariantCulture, $"| {area} | {string.Join(", ", of)} | {waitsFor} |\n");
        return text.ToString();
    }

    private static readonly string[] AreaOrder = ["TOK", "DAT", "ATT", "GQA", "NRM", "INI", "TIE", "LOS", "SFT", "OPT", "ACC", "NUM", "CKP", "GEN", "LOR", "DPO", "EVL", "PLB"];

    /// <summary>The rows that the source of a requirement names; "OPT-03 … OPT-07" is all between.</summary>
    internal static IEnumerable<string> BugIdsOf(Requirement requirement)
    {
        if (!requirement.Source.Contains("ilent", StringComparison.Ordinal)) yield break;
        foreach (Match range in BugIdRangePattern().Matches(requirement.Source))
            for (var number = int.Parse(range.Groups["from"].Value, CultureInfo.InvariantCulture); number <= int.Parse(range.Groups["to"].Value, CultureInfo.InvariantCulture); number++)
                yield return string.Create(CultureInfo.InvariantCulture, $"{range.Groups["area"].Value}-{number:D2}");
        foreach (Match row in BugIdPattern().Matches(BugIdRangePattern().Replace(requirement.Source, ""))) yield return row.Value;
    }

    private static string Join(IEnumerable<string> names) => string.Join(", ", names.Distinct());

    [GeneratedRegex(@"\b(TOK|DAT|ATT|GQA|NRM|INI|TIE|LOS|SFT|OPT|ACC|NUM|CKP|GEN|LOR|DPO|EVL|PLB)-[0-9]{2}\b")]
    private static partial Regex BugIdPattern();

    [GeneratedRegex(@"\b(?<area>[A-Z]{3})-(?<from>[0-9]{2}) … [A-Z]{3}-(?<to>[0-9]{2})\b")]
    private static partial Regex BugIdRangePattern();
}
