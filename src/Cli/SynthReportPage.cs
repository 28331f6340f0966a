using System.Text.Encodings.Web;
using System.Text.Unicode;
using TurkishLlm.Synthesis;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>Statistics of a synthesis as one page that needs nothing but itself.</summary>
internal static class SynthReportPage
{
    private const string Css = """
        .bars { padding: 12px 18px; overflow-x: auto; } .bars td, .bars th { white-space: nowrap; } .bars td.wide { width: 45%; } .bars td { padding: 5px 14px 5px 0; vertical-align: middle; }
        .bars .n { text-align: right; } .bars tr.total td { border-top: 1px solid var(--rule); font-weight: 600; } .bars tr > :last-child { padding-right: 0; }
        .track { height: 14px; border-radius: 3px; background: var(--raw); } .track i { display: block; height: 100%; border-radius: 3px; background: var(--line); min-width: 1px; }
        .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 0 22px; } h2 + p.soft { margin: -8px 0 12px; }
        """;

    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The page.</summary>
    public static string Write(string name, SynthesisStatistics s, PilotComparison? pilot) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Html.Encode(name)} · synthetic pairs</title>
        <style>
        {ReportStyle.Css}
        {Css}
        </style>
        </head>
        <body><main>
        <header><h1>{Html.Encode(name)}</h1>
        <p class="soft">question and answer pairs from {Show.Count(s.Modules.Sum(module => module.Chunks))} chunks · {Html.Encode(string.Join(", ", s.Models))}</p></header>
        {Facts(s)}
        <h2>Grouping rules</h2>
        <p class="soft">The bar is the number of accepted pairs.</p>
        {Table(SynthReportText.RuleHeadings, SynthReportText.RuleRows(s), total: true, bars: [.. s.Rules.Select(rule => rule.Accepted)])}
        <div class="two"><div><h2>Question types</h2>
        {Shares(s.Types.Select(type => (TurkishNames.Of(type.Type), type.Pairs)), s.Accepted)}</div><div><h2>Difficulties</h2>
        {Shares(s.Difficulties.Select(difficulty => (TurkishNames.Of(difficulty.Difficulty), difficulty.Pairs)), s.Accepted)}</div></div>
        <div class="two"><div><h2>Rejected</h2>
        {Shares(s.Rejections.Select(rejection => (SynthReportText.Words(rejection.Reason), rejection.Pairs)), s.Rejections.Sum(rejection => rejection.Pairs))}</div><div><h2>Cost</h2>
        {Table(["", ""], SynthReportText.Facts(s).Select(fact => (IReadOnlyList<string>)[fact.What, fact.Value]))}</div></div>
        <h2>Chunks</h2>
        {Table(["module", "language", "chunks", "tokens"], s.Modules.Select(module => (IReadOnlyList<string>)[module.Module, module.Language, Show.Count(module.Chunks), Show.Count(module.Tokens)]), bars: [.. s.Modules.Select(module => module.Chunks)])}
        {Pilot(pilot)}
        </main></body>
        </html>

        """;

    private static string Facts(SynthesisStatistics s)
    {
        (string, string)[] facts =
        [
            ("accepted pairs", Show.Count(s.Accepted)),
            ("rejected", Show.Count(s.Rejections.Sum(rejection => rejection.Pairs))),
            ("groups", Show.Count(s.Rules.Sum(rule => rule.Groups))),
            ("pairs a group", Show.Text($"{s.PairsPerGroup.Least} … {s.PairsPerGroup.Mean:F1} … {s.PairsPerGroup.Most}")),
            ("unreadable replies", Show.Count(s.Unreadable)),
            ("cost", Show.Dollars(s.Cost)),
        ];
        return $"<dl class=\"facts\">{string.Concat(facts.Select(f => $"<div><dt>{f.Item1}</dt><dd>{f.Item2}</dd></div>"))}</dl>";
    }

    private static string Pilot(PilotComparison? pilot) => pilot is null ? "" :
        $"""
        <h2>Models on the same {Show.Count(pilot.Groups.Count, "group")}</h2>
        <p class="soft">{SynthReportText.PilotNote}</p>
        {Table(SynthReportText.PilotHeadings, SynthReportText.PilotRows(pilot))}
        """;

    private static string Shares(IEnumerable<(string Name, int Pairs)> shares, int all)
    {
        (string Name, int Pairs)[] rows = [.. shares];
        return Table(["", "pairs", "share"], rows.Select(row => (IReadOnlyList<string>)[row.Name, Show.Count(row.Pairs), all == 0 ? "–" : Show.Percent((double)row.Pairs / all)]), bars: [.. rows.Select(row => row.Pairs)]);
    }

    // Bars stand behind the first column of words.
    private static string Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, bool total = false, int[]? bars = null)
    {
        IReadOnlyList<string>[] all = [.. rows];
        var most = Math.Max(1, bars?.DefaultIfEmpty(0).Max() ?? 1);
        return $"<div class=\"card bars\"><table><thead><tr>{string.Concat(headings.Select((heading, column) => $"<th{Number(column)}>{heading}</th>"))}{(bars is null ? "" : "<th></th>")}</tr></thead><tbody>\n"
            + string.Concat(all.Select((row, i) => $"<tr{(total && i == all.Length - 1 ? " class=\"total\"" : "")}>{string.Concat(row.Select((cell, column) => $"<td{Number(column)}>{Html.Encode(cell)}</td>"))}{Bar(i)}</tr>\n"))
            + "</tbody></table></div>";

        string Number(int column) => all.Length > 0 && all.All(row => row[column].Length == 0 || char.IsAsciiDigit(row[column][0]) || row[column][0] is '$' or '–') ? " class=\"n\"" : "";
        string Bar(int row) => bars is null ? "" : row < bars.Length ? Show.Text($"<td class=\"wide\"><div class=\"track\"><i style=\"width:{100.0 * bars[row] / most:F1}%\"></i></div></td>") : "<td></td>";
    }
}
