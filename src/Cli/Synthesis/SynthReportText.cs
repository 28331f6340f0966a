using System.Text;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Reporting;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary>Renders the statistics of a synthesis as Markdown, and as rows for a terminal.</summary>
internal static class SynthReportText
{
    public static IReadOnlyList<string> RuleHeadings { get; } =
    ["#", "rule", "groups", "answered", "tokens", "pairs", "rejected", "pairs/group", "cost"];

    public static IReadOnlyList<string> PilotHeadings { get; } =
        [
            "model", "pairs", "accepted", "type entropy", "openings", "words/answer", "claims/answer", "several places",
            "inferential", "repetition", "cost/pair",
        ];

    public static IEnumerable<IReadOnlyList<string>> RuleRows(SynthesisMetrics statistics) =>
        statistics
            .Rules.Select(rule =>
                Row(
                    Format.Count(rule.Rule.Number), rule.Rule.Name, rule.Groups, rule.Answered, rule.Tokens, rule.Accepted,
                    rule.Rejected, rule.Cost))
            .Append(
                Row(
                    "", "all",
                    statistics.Rules.Sum(r => r.Groups),
                    statistics.Rules.Sum(r => r.Answered),
                    statistics.Rules.Sum(r => r.Tokens),
                    statistics.Accepted,
                    statistics.Rules.Sum(r => r.Rejected),
                    statistics.Rules.Sum(r => r.Cost)));

    public static IEnumerable<IReadOnlyList<string>> PilotRows(PilotComparison pilot) =>
        pilot.Results.Select(result =>
            (IReadOnlyList<string>)
    [
        result.Model,
        Format.Count(result.Pairs), Format.Count(result.Accepted), Format.Invariant($"{result.TypeEntropy:F2}"),
        Format.Percent(result.DistinctOpeningShare), Format.Invariant($"{result.WordsPerAnswer:F1}"),
        Format.Invariant($"{result.ClaimsPerAnswer:F2}"),
        Format.Percent(result.MultiSourceShare), Format.Percent(result.InferentialShare),
        Format.Invariant($"{result.Repetition:F2}"), result.CostPerPair is { } cost ? Format.Dollars(cost) : "–",
    ]);

    public static string Summary(SynthesisMetrics s) =>
        $"{Format.Count(s.Accepted, "pair")}, "
            + Format.Invariant($"{s.PairsPerGroup.Least} … {s.PairsPerGroup.Mean:F1} … {s.PairsPerGroup.Most} per group; ")
            + $"{Format.Count(s.Rejections.Sum(r => r.Pairs))} rejected; {Format.Dollars(s.Cost)}";

    public static string Render(string name, SynthesisMetrics s, PilotComparison? pilot)
    {
        var text = new StringBuilder($"# {name}: synthetic pairs\n\n{Summary(s)}.\n");
        Table("Grouping rules", RuleHeadings, RuleRows(s));
        Table(
            "Question types",
            ["type", "pairs", "share"],
            s.Types.Select(type => Share(TurkishNames.GetName(type.Type), type.Pairs)));
        Table(
            "Difficulties",
            ["difficulty", "pairs", "share"],
            s.Difficulties.Select(difficulty => Share(TurkishNames.GetName(difficulty.Difficulty), difficulty.Pairs)));
        if (s.Rejections.Count > 0)
            Table(
                "Rejected",
                ["reason", "pairs"],
                s.Rejections.Select(rejection =>
                    (IReadOnlyList<string>)[ToWords(rejection.Reason), Format.Count(rejection.Pairs)]));
        Table(
            "Chunks",
            ["module", "language", "chunks", "tokens"],
            s.Modules.Select(module =>
                (IReadOnlyList<string>)[module.Module, module.Language, Format.Count(module.Chunks), Format.Count(module.Tokens)])
        );
        Table("Cost", ["name", "value"], Facts(s).Select(fact => (IReadOnlyList<string>)[fact.What, fact.Value]));
        if (pilot is not null)
        {
            Table("Models on the same groups", PilotHeadings, PilotRows(pilot));
            text.Append('\n').Append(PilotNote).Append('\n');
        }
        return text.ToString();

        void Table(string title, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
        {
            text.Append(
                $"\n## {title}\n\n| {string.Join(" | ", headings)} |\n|" + $"{string.Concat(headings.Select(_ => " --- |"))}\n");
            foreach (var row in rows) text.Append($"| {string.Join(" | ", row)} |\n");
        }

        IReadOnlyList<string> Share(string what, int pairs) =>
            [what, Format.Count(pairs), s.Accepted == 0 ? "–" : Format.Percent((double)pairs / s.Accepted)];
    }

    /// <summary>Explains the columns of the comparison.</summary>
    public const string PilotNote =
        "Type entropy: 0 = one type of question, 1 = all five equally often. Openings: share of distinct first "
        + "two words. Several places: answers grounded in two or more places. "
        + "Inferential: questions that ask for conclusions and comparisons. Repetition: mean similarity of a "
        + "question to its most similar one.";

    public static string ToWords(RejectionReason reason) =>
        string.Concat(
            reason
                .ToString()
                .Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString())
        );

    public static IEnumerable<(string What, string Value)> Facts(SynthesisMetrics s) =>
    [
        ("models", string.Join(", ", s.Models.DefaultIfEmpty("–"))),
        ("spent", Format.Dollars(s.Cost)),
        ("cost per accepted pair", s.Accepted == 0 ? "–" : Format.Dollars(s.Cost / s.Accepted)),
        ("input tokens", Format.Count(s.Tokens.Input)),
        ("output tokens", Format.Count(s.Tokens.Output)),
        ("unreadable replies", Format.Count(s.Unreadable)),
        ("groups without a reply", Format.Count(s.Unanswered)),
        (
            "in doubt", s.InDoubt.Sendings == 0
                ? "none"
                : $"{Format.Count(s.InDoubt.Sendings, "request")}, at most {Format.Dollars(s.InDoubt.AtMost)}"),
        ("conversations", Format.Count(s.Conversations)),
    ];

    private static IReadOnlyList<string> Row(
        string number, string name, int groups, int answered, long tokens, int accepted, int rejected,
        decimal cost) =>
    [
        number,
        name, Format.Count(groups), Format.Count(answered), Format.Count(tokens), Format.Count(accepted), Format.Count(rejected),
        answered == 0 ? "–" : Format.Invariant($"{(double)accepted / answered:F1}"), Format.Dollars(cost),
    ];
}
