using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// Maps each id of the catalog of silent bugs to the requirements and planted bugs that cover it: <c>docs/detection.md</c>.
/// </summary>
public static partial class DetectionMap
{
    // Bugs of which the code has nothing to be wrong, and why.
    private static readonly (string Area, string[] Ids, string Reason)[] BugsWithoutSubject =
    [
        ("Loss scaling", ["BUG-ACC-09"], "there is no float16"),
        ("Saving inside a step", ["BUG-ACC-11"], "checkpoints are saved between steps only"),
        ("Scaled embeddings", ["BUG-NUM-05"], "embeddings are not scaled"),
        ("Schedules with state", ["BUG-CKP-14"], "the learning rate is a function of the step"),
        (
            "Models that are moved or reloaded",
            ["BUG-CKP-13", "BUG-PLB-05"],
            "weights are created on their device, before the optimizer that uses them"),
        (
            "Backward passes that differ from run to run",
            ["BUG-NUM-12"],
            "covered by the GPU suite; on the CPU, resumed runs are compared bit by bit"),
    ];

    /// <summary>Ids of bugs that the code cannot have.</summary>
    public static IReadOnlyList<string> OpenBugIds { get; } = [.. BugsWithoutSubject.SelectMany(area => area.Ids)];

    /// <summary>Ids of bugs that a requirement or a planted bug names.</summary>
    public static IReadOnlyList<string> CoveredBugIds { get; } =
    [
        .. RequirementCatalog
            .All.SelectMany(BugIdsOf)
            .Concat(MutationCatalog.All.SelectMany(mutation => mutation.BugIds))
            .Distinct(),
    ];

    /// <summary>Returns the page as Markdown.</summary>
    public static string Markdown()
    {
        var requirements = RequirementCatalog.All.SelectMany(r => BugIdsOf(r).Select(id => (Id: id, Requirement: r)))
            .ToLookup(pair => pair.Id, pair => pair.Requirement);
        var mutations = MutationCatalog.All.SelectMany(m => m.BugIds.Select(id => (Id: id, Mutation: m)))
            .ToLookup(pair => pair.Id, pair => pair.Mutation);
        string[] ids =
        [
            .. CoveredBugIds.OrderBy(id => Array.IndexOf(AreaOrder, AreaOf(id))).ThenBy(id => id, StringComparer.Ordinal),
        ];
        var text = new StringBuilder(
            "# Detected silent bugs\n\nPrinted by `./run mutate --map` from the sources of requirements and "
                + "the ids of planted bugs; "
            + "a test fails when this page is stale.\n");
        text.Append(string.Create(
            CultureInfo.InvariantCulture,
            $"\n{ids.Length} ids of the catalog of silent bugs, "
                + $"{RequirementCatalog.All.Sum(r => r.ImpostorNames.Count)} impostors of "
            + $"{RequirementCatalog.All.Count} requirements, {MutationCatalog.All.Count} planted bugs. ")
            + "[SPEC.md](SPEC.md) lists the impostors of each requirement, [mutations.md](mutations.md) the "
            + "results of planted bugs.\n");
        text.Append(DetectionScores.Markdown());
        text.Append("\n## By bug id\n\n| bug id | requirements | impostors | planted bugs |\n|---|---|---|---|\n");
        foreach (var id in ids)
        {
            var (impostors, bugs) = (requirements[id].Sum(r => r.ImpostorNames.Count), Join(mutations[id].Select(m => m.Id)));
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {id} | {Join(requirements[id].Select(r => r.Id))} | {impostors} | {bugs} |\n");
        }
        text.Append("\n## Not applicable\n\nBugs that the code cannot have.\n\n| area | bug ids | reason |\n|---|---|---|\n");
        foreach (var (area, without, reason) in BugsWithoutSubject)
            text.Append(CultureInfo.InvariantCulture, $"| {area} | {string.Join(", ", without)} | {reason} |\n");
        return text.ToString();
    }

    private static readonly string[] AreaOrder =
    [
        "TOK",
        "DAT", "ATT", "GQA", "NRM", "INI", "TIE", "LOS", "SFT", "OPT", "ACC", "NUM", "CKP", "GEN", "LOR", "DPO", "EVL", "PLB",
        "SYN",
    ];

    /// <summary>
    /// Returns the bug ids that the source of a requirement names; "BUG-OPT-03 … BUG-OPT-07" names all five.
    /// </summary>
    internal static IEnumerable<string> BugIdsOf(Requirement requirement)
    {
        foreach (Match range in BugIdRangePattern().Matches(requirement.Source))
        {
            var (first, last) = (ParseNumber(range, "from"), ParseNumber(range, "to"));
            for (var number = first; number <= last; number++)
                yield return string.Create(CultureInfo.InvariantCulture, $"BUG-{range.Groups["area"].Value}-{number:D2}");
        }
        foreach (Match id in BugIdPattern().Matches(BugIdRangePattern().Replace(requirement.Source, ""))) yield return id.Value;
    }

    // The three letters in BUG-OPT-03.
    private static string AreaOf(string id) => id.Split('-')[1];

    private static int ParseNumber(Match range, string group) =>
        int.Parse(range.Groups[group].Value, CultureInfo.InvariantCulture);

    private static string Join(IEnumerable<string> names) => string.Join(", ", names.Distinct());

    [GeneratedRegex(@"\bBUG-(TOK|DAT|ATT|GQA|NRM|INI|TIE|LOS|SFT|OPT|ACC|NUM|CKP|GEN|LOR|DPO|EVL|PLB|SYN)-[0-9]{2}\b")]
    private static partial Regex BugIdPattern();

    [GeneratedRegex(@"\bBUG-(?<area>[A-Z]{3})-(?<from>[0-9]{2}) … BUG-[A-Z]{3}-(?<to>[0-9]{2})\b")]
    private static partial Regex BugIdRangePattern();
}
