using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Reporting;

namespace TurkishLlm.Cli.Synthesis;

/// <summary>Renders the statistics of a synthesis as a self-contained HTML page.</summary>
internal static class SynthReportPage
{
    private const string Css = """
        .bars { padding: 12px 18px; overflow-x: auto; } .bars td, .bars th { white-space: nowrap; } .bars td.wide { width: 45%; } .bars td { padding: 5px 14px 5px 0; vertical-align: middle; }
        .bars .n { text-align: right; } .bars tr.total td { border-top: 1px solid var(--rule); font-weight: 600; } .bars tr > :last-child { padding-right: 0; }
        .track { height: 14px; border-radius: 3px; background: var(--raw); } .track i { display: block; height: 100%; border-radius: 3px; background: var(--line); min-width: 1px; }
        .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 0 22px; } h2 + p.soft { margin: -8px 0 12px; }
        """;

    /// <summary>Renders the page.</summary>
    public static string Render(string name, SynthesisMetrics s, PilotComparison? pilot) => HtmlPage.Render(
        $"{name} · synthetic pairs",
        $"""
        <header><h1>{HtmlPage.Encode(name)}</h1>
        <p class="soft">question and answer pairs from {Format.Count(s.Modules.Sum(module => module.Chunks))} chunks · {HtmlPage.Encode(string.Join(", ", s.Models))}</p></header>
        {Facts(s)}
        <h2>Grouping rules</h2>
        <p class="soft">The bar is the number of accepted pairs.</p>
        {Table(SynthReportText.RuleHeadings, SynthReportText.RuleRows(s), total: true, bars: [.. s.Rules.Select(rule => rule.Accepted)])}
        <div class="two"><div><h2>Question types</h2>
        {Shares(s.Types.Select(type => (TurkishNames.GetName(type.Type), type.Pairs)), s.Accepted)}</div><div><h2>Difficulties</h2>
        {Shares(s.Difficulties.Select(difficulty => (TurkishNames.GetName(difficulty.Difficulty), difficulty.Pairs)), s.Accepted)}</div></div>
        <div class="two"><div><h2>Rejected</h2>
        {Shares(s.Rejections.Select(rejection => (SynthReportText.ToWords(rejection.Reason), rejection.Pairs)), s.Rejections.Sum(rejection => rejection.Pairs))}</div><div><h2>Cost</h2>
        {Table(["", ""], SynthReportText.Facts(s).Select(fact => (IReadOnlyList<string>)[fact.What, fact.Value]))}</div></div>
        <h2>Chunks</h2>
        {Table(["module", "language", "chunks", "tokens"], s.Modules.Select(module => (IReadOnlyList<string>)[module.Module, module.Language, Format.Count(module.Chunks), Format.Count(module.Tokens)]), bars: [.. s.Modules.Select(module => module.Chunks)])}
        {Pilot(pilot)}
        """,
        Css);

    private static string Facts(SynthesisMetrics s)
    {
        (string, string)[] facts =
        [
            ("accepted pairs", Format.Count(s.Accepted)),
            ("rejected", Format.Count(s.Rejections.Sum(rejection => rejection.Pairs))),
            ("groups", Format.Count(s.Rules.Sum(rule => rule.Groups))),
            ("pairs per group",
                Format.Invariant($"{s.PairsPerGroup.Least} … {s.PairsPerGroup.Mean:F1} … {s.PairsPerGroup.Most}")),
            ("unreadable replies", Format.Count(s.Unreadable)),
            ("cost", Format.Dollars(s.Cost)),
        ];
        return $"<dl class=\"facts\">{string.Concat(facts.Select(f => $"<div><dt>{f.Item1}</dt><dd>{f.Item2}</dd></div>"))}</dl>";
    }

    private static string Pilot(PilotComparison? pilot) => pilot is null ? "" :
        $"""
        <h2>Models on the same {Format.Count(pilot.Groups.Count, "group")}</h2>
        <p class="soft">{SynthReportText.PilotNote}</p>
        {Table(SynthReportText.PilotHeadings, SynthReportText.PilotRows(pilot))}
        """;

    private static string Shares(IEnumerable<(string Name, int Pairs)> shares, int all)
    {
        (string Name, int Pairs)[] rows = [.. shares];
        return Table(
            ["", "pairs", "share"],
            rows.Select(row => (IReadOnlyList<string>)
            [
                row.Name, Format.Count(row.Pairs), all == 0 ? "–" : Format.Percent((double)row.Pairs / all),
            ]),
            bars: [.. rows.Select(row => row.Pairs)]);
    }

    // Bars are in an additional last column.
    private static string Table(
        IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, bool total = false, int[]? bars = null)
    {
        IReadOnlyList<string>[] all = [.. rows];
        var most = Math.Max(1, bars?.DefaultIfEmpty(0).Max() ?? 1);
        return "<div class=\"card bars\"><table><thead><tr>"
            + string.Concat(headings.Select((heading, column) => $"<th{Number(column)}>{heading}</th>"))
            + $"{(bars is null ? "" : "<th></th>")}</tr></thead><tbody>\n"
            + string.Concat(all.Select((row, i) =>
                $"<tr{(total && i == all.Length - 1 ? " class=\"total\"" : "")}>"
                    + string.Concat(row.Select((cell, column) => $"<td{Number(column)}>{HtmlPage.Encode(cell)}</td>"))
                    + $"{Bar(i)}</tr>\n"))
            + "</tbody></table></div>";

        string Number(int column) =>
            all.Length > 0
            && all.All(row =>
                row[column].Length == 0 || char.IsAsciiDigit(row[column][0]) || row[column][0] is '$' or '–')
                ? " class=\"n\""
                : "";
        string Bar(int row) =>
            bars is null ? ""
            : row < bars.Length
                ? "<td class=\"wide\"><div class=\"track\">"
                    + Format.Invariant($"<i style=\"width:{100.0 * bars[row] / most:F1}%\"></i></div></td>")
            : "<td></td>";
    }
}
