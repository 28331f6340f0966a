using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Reporting;

namespace TurkishLlm.Cli.Synthesis;

/// <summary>Renders the statistics of a synthesis as a self-contained HTML page.</summary>
internal static class SynthReportPage
{
    /// <summary>Renders the page.</summary>
    public static string Render(string name, SynthesisMetrics s, PilotComparison? pilot) => HtmlPage.Render(
        $"{name} · synthetic pairs",
        Html.From(
            $"""
            {HtmlPage.RenderHeader(name, Html.From($"question and answer pairs from {s.Modules.Sum(module => module.Chunks):N0} chunks · {string.Join(", ", s.Models)}"))}
            {Facts(s)}
            <h2>Grouping rules</h2>
            <p class="soft">The bar is the number of accepted pairs.</p>
            <div class="card">{HtmlTable.Render(
                ["rule", .. SynthReportText.RuleHeadings.Skip(2)],
                SynthReportText.RuleRows(s).Select(row => (IReadOnlyList<string>)[$"{row[0]} {row[1]}".TrimStart(), .. row.Skip(2)]),
                [.. s.Rules.Select(rule => (long)rule.Accepted)], hasTotal: true)}</div>
            <div class="two"><div><h2>Question types</h2>
            {Shares("type", s.Types.Select(type => (TurkishNames.GetName(type.Type), type.Pairs)), s.Accepted)}</div><div><h2>Difficulties</h2>
            {Shares("difficulty", s.Difficulties.Select(difficulty => (TurkishNames.GetName(difficulty.Difficulty), difficulty.Pairs)), s.Accepted)}</div></div>
            <div class="two"><div><h2>Rejected</h2>
            {Shares("reason", s.Rejections.Select(rejection => (SynthReportText.ToWords(rejection.Reason), rejection.Pairs)), s.Rejections.Sum(rejection => rejection.Pairs))}</div><div><h2>Cost</h2>
            <div class="card">{HtmlPage.RenderValues(SynthReportText.Facts(s).Select(fact => (fact.What, fact.Value)))}</div></div></div>
            <h2>Chunks</h2>
            <p class="soft">The bar is the number of chunks.</p>
            <div class="card">{HtmlTable.Render(
                ["module", "language", "chunks", "tokens"],
                s.Modules.Select(module => (IReadOnlyList<string>)[module.Module, module.Language, Format.Count(module.Chunks), Format.Count(module.Tokens)]),
                [.. s.Modules.Select(module => (long)module.Chunks)])}</div>
            {Pilot(pilot)}
            """));

    private static Html Facts(SynthesisMetrics s) => HtmlPage.RenderFacts(
    [
        ("accepted pairs", Format.Count(s.Accepted)),
        ("rejected", Format.Count(s.Rejections.Sum(rejection => rejection.Pairs))),
        ("groups", Format.Count(s.Rules.Sum(rule => rule.Groups))),
        ("pairs per group: least, mean, most",
            Format.Invariant($"{s.PairsPerGroup.Least} … {s.PairsPerGroup.Mean:F1} … {s.PairsPerGroup.Most}")),
        ("unreadable replies", Format.Count(s.Unreadable)),
        ("cost", Format.Dollars(s.Cost)),
    ]);

    private static Html Pilot(PilotComparison? pilot) => pilot is null ? Html.Empty : Html.From(
        $"""
        <h2>Models on the same {Format.Count(pilot.Groups.Count, "group")}</h2>
        <p class="soft">{SynthReportText.PilotNote}</p>
        <div class="card">{HtmlTable.Render(SynthReportText.PilotHeadings, SynthReportText.PilotRows(pilot))}</div>

        """);

    private static Html Shares(string heading, IEnumerable<(string Name, int Pairs)> shares, int all)
    {
        (string Name, int Pairs)[] rows = [.. shares];
        return Html.From($"<div class=\"card\">{HtmlTable.Render(
            [heading, "pairs", "share"],
            rows.Select(row => (IReadOnlyList<string>)
            [
                row.Name, Format.Count(row.Pairs), all == 0 ? "–" : Format.Percent((double)row.Pairs / all),
            ]),
            [.. rows.Select(row => (long)row.Pairs)])}</div>");
    }
}
