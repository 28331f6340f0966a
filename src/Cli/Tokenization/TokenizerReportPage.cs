using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Tokenization.Report;

namespace TurkishLlm.Cli.Tokenization;

/// <summary>Renders a tokenizer report as a self-contained HTML page without scripts, fonts or network access.</summary>
internal static class TokenizerReportPage
{
    private const string Css = """
        .bars td { border: 0; padding: 4px 14px 4px 0; vertical-align: middle; white-space: nowrap; }
        .bars td.wide { width: 60%; } .bars th { white-space: nowrap; } .bars th.n, .bars td.n { text-align: right; } .bars tr > :last-child { padding-right: 0; }
        .bars tr.total td { border-top: 1px solid var(--rule); font-weight: 600; padding-top: 8px; }
        .track { position: relative; height: 14px; border-radius: 3px; background: var(--raw); min-width: 60px; }
        .track i { display: block; height: 100%; border-radius: 3px; background: var(--line); }
        .terms { display: flex; flex-wrap: wrap; gap: 7px; padding: 16px 18px; }
        .terms span { border: 1px solid var(--rule); border-radius: 7px; padding: 3px 9px; font-size: 14px; }
        .terms .whole { border-color: transparent; background: var(--raw); }
        .terms small { color: var(--soft); margin-left: 6px; } .terms b { color: var(--mark); font-weight: 400; padding: 0 1px; }
        .card.bars { padding: 12px 18px 12px; overflow-x: auto; } h2 + p.soft { margin: -8px 0 12px; }
        """;

    /// <summary>Renders the page.</summary>
    /// <param name="report">Report of the tokenizer.</param>
    /// <param name="others">Reports of the tokenizers to compare with.</param>
    public static string Render(TokenizerReport report, IReadOnlyList<TokenizerReport> others) => HtmlPage.Render(
        $"{report.Name} · tokenizer",
        $"""
        <header><h1>{HtmlPage.Encode(report.Name)}</h1>
        <p class="soft">byte-level BPE · {Format.Count(report.Tokenizer.VocabularySize)} tokens · {report.Tokenizer.Hash[..12]}</p></header>
        {Facts(report)}
        {Domains(report)}
        {Terms(report)}
        {Comparison([report, .. others])}
        """,
        Css);

    private static string Facts(TokenizerReport report)
    {
        (string, string)[] facts =
        [
            ("tokens per word", Format.Invariant($"{report.Total.TokensPerWord:F2}")),
            ("bytes per token", Format.Invariant($"{report.Total.BytesPerToken:F2}")),
            ("suffixes whole", Format.Percent(report.Total.WholeSuffixShare)),
            ("ERP terms whole", Format.Percent(report.WholeTermShare)),
            ("parts of characters", Format.Percent(report.Total.PartialCharacterShare)),
            ("words measured", Format.Count(report.Total.Words)),
        ];
        return $"<dl class=\"facts\">{string.Concat(facts.Select(f => $"<div><dt>{f.Item1}</dt><dd>{f.Item2}</dd></div>"))}</dl>";
    }

    private static string Domains(TokenizerReport report)
    {
        var most = report.Domains.Max(domain => domain.BytesPerWord);
        return
            $"""
            <h2>Tokens per word</h2>
            <p class="soft">Dark: this tokenizer. Light: one token per byte. Suffixes are those after an apostrophe; a suffix is whole if it is one token.</p>
            <div class="card bars"><table><thead><tr><th>domain</th><th></th><th class="n">tokens / word</th><th class="n">bytes / token</th><th class="n">suffixes whole</th><th class="n">words</th></tr></thead><tbody>
            {string.Concat(report.Domains.OrderBy(domain => domain.TokensPerWord).Select(domain => Row(domain, "")))}{Row(report.Total, " class=\"total\"")}</tbody></table></div>
            """;

        string Row(TextMetrics domain, string style) =>
            $"<tr{style}><td>{HtmlPage.Encode(domain.Name)}</td><td class=\"wide\">{Bar(domain, most)}</td>"
                + Format.Invariant($"<td class=\"n\">{domain.TokensPerWord:F2}</td>")
                + Format.Invariant($"<td class=\"n\">{domain.BytesPerToken:F2}</td>")
                + $"<td class=\"n\">{Format.Percent(domain.WholeSuffixShare)}</td>"
                + Format.Invariant($"<td class=\"n\">{domain.Words:N0}</td></tr>\n");
    }

    private static string Terms(TokenizerReport report) =>
        $"""
        <h2>ERP terms</h2>
        <p class="soft">Most frequent terms first. Filled: one token. Bars mark the token boundaries of the others.</p>
        <div class="card terms" lang="tr">{string.Concat(report.Terms.Select(Term))}</div>
        """;

    private static string Term(TermMetrics term) =>
        $"<span{(term.Tokens.Count == 1 ? " class=\"whole\"" : "")}>"
            + string.Join("<b>|</b>", term.Tokens.Select(token => HtmlPage.Encode(token.TrimStart(' '))))
            + $"{(term.Count > 0 ? $"<small>{Format.Count(term.Count)}</small>" : "")}</span>";

    private static string Comparison(IReadOnlyList<TokenizerReport> reports)
    {
        if (reports is [_]) return "";
        var most = reports[0].Total.BytesPerWord;
        return
            $"""
            <h2>Comparison</h2>
            <p class="soft">All tokenizers on the same text; fewer tokens per word are better.</p>
            <div class="card bars"><table><thead><tr><th>tokenizer</th><th></th><th class="n">tokens / word</th><th class="n">bytes / token</th><th class="n">suffixes whole</th><th class="n">terms whole</th><th class="n">vocabulary</th></tr></thead><tbody>
            {string.Concat(reports.Select(Row))}</tbody></table></div>
            """;

        string Row(TokenizerReport report) =>
            $"<tr><td>{HtmlPage.Encode(report.Name)}</td><td class=\"wide\">{Bar(report.Total, most)}</td>"
                + Format.Invariant($"<td class=\"n\">{report.Total.TokensPerWord:F3}</td>")
                + Format.Invariant($"<td class=\"n\">{report.Total.BytesPerToken:F2}</td>")
                + $"<td class=\"n\">{Format.Percent(report.Total.WholeSuffixShare)}</td>"
                + $"<td class=\"n\">{Format.Percent(report.WholeTermShare)}</td>"
                + Format.Invariant($"<td class=\"n\">{report.Tokenizer.VocabularySize:N0}</td></tr>\n");
    }

    private static string Bar(TextMetrics text, double most) =>
        Format.Invariant($"<div class=\"track\" style=\"width:{100 * text.BytesPerWord / most:F1}%\">")
            + Format.Invariant($"<i style=\"width:{100 * text.TokensPerWord / text.BytesPerWord:F1}%\"></i></div>");
}
