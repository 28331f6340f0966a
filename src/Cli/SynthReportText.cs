using System.Text;
using TurkishLlm.Synthesis;

namespace TurkishLlm.Cli;

/// <summary>Statistics of a synthesis as Markdown, and as rows for a terminal.</summary>
internal static class SynthReportText
{
    public static IReadOnlyList<string> RuleHeadings { get; } = ["#", "rule", "groups", "answered", "tokens", "pairs", "rejected", "pairs/group", "cost"];

    public static IReadOnlyList<string> PilotHeadings { get; } =
        ["model", "pairs", "accepted", "type entropy", "openings", "words/answer", "claims/answer", "several places", "inferential", "repetition", "cost/pair"];

    public static IEnumerable<IReadOnlyList<string>> RuleRows(SynthesisStatistics statistics) =>
        statistics.Rules.Select(rule => Row(Show.Count(rule.Rule.Number), rule.Rule.Name, rule.Groups, rule.Answered, rule.Tokens, rule.Accepted, rule.Rejected, rule.Cost))
            .Append(Row("", "all", statistics.Rules.Sum(r => r.Groups), statistics.Rules.Sum(r => r.Answered), statistics.Rules.Sum(r => r.Tokens), statistics.Accepted, statistics.Rules.Sum(r => r.Rejected), statistics.Rules.Sum(r => r.Cost)));

    public static IEnumerable<IReadOnlyList<string>> PilotRows(PilotComparison pilot) => pilot.Results.Select(result => (IReadOnlyList<string>)
    [
        result.Model, Show.Count(result.Pairs), Show.Count(result.Accepted), Show.Text($"{result.TypeEntropy:F2}"), Show.Percent(result.Openings), Show.Text($"{result.WordsPerAnswer:F1}"),
        Show.Text($"{result.ClaimsPerAnswer:F2}"), Show.Percent(result.SeveralPlaces), Show.Percent(result.Inferential), Show.Text($"{result.Repetition:F2}"), result.CostPerPair is { } cost ? Show.Dollars(cost) : "–",
    ]);

    public static string Summary(SynthesisStatistics s) => Show.Text(
        $"{Show.Count(s.Accepted, "pair")}, {s.PairsPerGroup.Least} … {s.PairsPerGroup.Mean:F1} … {s.PairsPerGroup.Most} a group; {Show.Count(s.Rejections.Sum(r => r.Pairs))} rejected; {Show.Dollars(s.Cost)}");

    public static string Write(string name, SynthesisStatistics s, PilotComparison? pilot)
    {
        var text = new StringBuilder($"# {name}: synthetic pairs\n\n{Summary(s)}.\n");
        Table("Grouping rules", RuleHeadings, RuleRows(s));
        Table("Question types", ["type", "pairs", "share"], s.Types.Select(type => Share(TurkishNames.Of(type.Type), type.Pairs)));
        Table("Difficulties", ["difficulty", "pairs", "share"], s.Difficulties.Select(difficulty => Share(TurkishNames.Of(difficulty.Difficulty), difficulty.Pairs)));
        if (s.Rejections.Count > 0) Table("Rejected", ["reason", "pairs"], s.Rejections.Select(rejection => (IReadOnlyList<string>)[Words(rejection.Reason), Show.Count(rejection.Pairs)]));
        Table("Chunks", ["module", "language", "chunks", "tokens"], s.Modules.Select(module => (IReadOnlyList<string>)[module.Module, module.Language, Show.Count(module.Chunks), Show.Count(module.Tokens)]));
        Table("Cost", ["what", "value"], Facts(s).Select(fact => (IReadOnlyList<string>)[fact.What, fact.Value]));
        if (pilot is not null)
        {
            Table("Models on the same groups", PilotHeadings, PilotRows(pilot));
            text.Append('\n').Append(PilotNote).Append('\n');
        }
        return text.ToString();

        void Table(string title, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
        {
            text.Append($"\n## {title}\n\n| {string.Join(" | ", headings)} |\n|{string.Concat(headings.Select(_ => " --- |"))}\n");
            foreach (var row in rows) text.Append($"| {string.Join(" | ", row)} |\n");
        }

        IReadOnlyList<string> Share(string what, int pairs) => [what, Show.Count(pairs), s.Accepted == 0 ? "–" : Show.Percent((double)pairs / s.Accepted)];
    }

    /// <summary>What the columns of the comparison mean.</summary>
    public const string PilotNote = "Type entropy: 0 is one type of question, 1 all five alike. Openings: different first two words. Several places: answers traced to two places or more. "
        + "Inferential: questions for conclusions and comparisons. Repetition: mean similarity of a question to the one most like it.";

    public static string Words(RejectionReason reason) => string.Concat(reason.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));

    public static IEnumerable<(string What, string Value)> Facts(SynthesisStatistics s) =>
    [
        ("models", string.Join(", ", s.Models.DefaultIfEmpty("–"))),
        ("spent", Show.Dollars(s.Cost)),
        ("an accepted pair", s.Accepted == 0 ? "–" : Show.Dollars(s.Cost / s.Accepted)),
        ("tokens read", Show.Count(s.Tokens.Input)),
        ("tokens written", Show.Count(s.Tokens.Output)),
        ("unreadable replies", Show.Count(s.Unreadable)),
        ("groups without a reply", Show.Count(s.Unanswered)),
        ("in doubt", s.Doubts.Sendings == 0 ? "none" : $"{Show.Count(s.Doubts.Sendings, "request")}, at most {Show.Dollars(s.Doubts.AtMost)}"),
        ("conversations", Show.Count(s.Conversations)),
    ];

    private static IReadOnlyList<string> Row(string number, string name, int groups, int answered, long tokens, int accepted, int rejected, decimal cost) =>
    [
        number, name, Show.Count(groups), Show.Count(answered), Show.Count(tokens), Show.Count(accepted), Show.Count(rejected),
        answered == 0 ? "–" : Show.Text($"{(double)accepted / answered:F1}"), Show.Dollars(cost),
    ];
}
