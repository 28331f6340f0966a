using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Tokenization.Foreign;
using TurkishLlm.Tokenization.Report;

namespace TurkishLlm.Cli.Tokenization;

/// <summary>Renders a tokenizer report as a self-contained HTML page.</summary>
internal static class TokenizerReportPage
{
    private static readonly Html BarLegend = Legend.Render(
        LegendEntry.ForArea("line", "tokens per word"), LegendEntry.ForArea("raw", "with one token per byte"));

    /// <summary>Renders the page.</summary>
    /// <param name="report">Report of the tokenizer.</param>
    /// <param name="others">Reports of the tokenizers to compare with.</param>
    public static string Render(TokenizerReport report, IReadOnlyList<TokenizerReport> others) => HtmlPage.Render(
        $"{report.Name} · tokenizer",
        Html.Concat(
            HtmlPage.RenderHeader(
                report.Name,
                Html.From(
                    $"{report.Tokenizer.Format}{DescribeRule(report.Tokenizer)} · {report.Tokenizer.VocabularySize:N0} tokens"
                        + $"{DescribeHash(report.Tokenizer)}")),
            Facts(report), Domains(report), Terms(report), Comparison([report, .. others])));

    private static string DescribeRule(LoadedTokenizer tokenizer) =>
        tokenizer.Own is { } own ? $" · split rule {own.Split}" : "";

    private static string DescribeHash(LoadedTokenizer tokenizer) => tokenizer.Own is { } own ? $" · {own.Hash[..12]}" : "";

    private static Html Facts(TokenizerReport report) => HtmlPage.RenderFacts(
    [
        ("tokens per word", Format.Invariant($"{report.Total.TokensPerWord:F2}")),
        ("bytes per token", Format.Invariant($"{report.Total.BytesPerToken:F2}")),
        ("suffixes whole", Format.Percent(report.Total.WholeSuffixShare)),
        ("ERP terms whole", Format.Percent(report.WholeTermShare)),
        ("parts of characters", Format.Percent(report.Total.PartialCharacterShare)),
        ("words measured", Format.Count(report.Total.Words)),
    ]);

    private static Html Domains(TokenizerReport report)
    {
        var most = report.Domains.Max(domain => domain.BytesPerWord);
        var table = new HtmlTable(
            ("domain", ColumnKind.Text), ("", ColumnKind.Bar), ("tokens / word", ColumnKind.Number),
            ("bytes / token", ColumnKind.Number), ("suffixes whole", ColumnKind.Number), ("words", ColumnKind.Number))
        {
            HasTotal = true,
        };
        foreach (var domain in report.Domains.OrderBy(domain => domain.TokensPerWord).Append(report.Total))
            table.Add(
                Html.FromText(domain.Name), Bar(domain, most), Html.From($"{domain.TokensPerWord:F2}"),
                Html.From($"{domain.BytesPerToken:F2}"), Html.FromText(Format.Percent(domain.WholeSuffixShare)),
                Html.From($"{domain.Words:N0}"));
        return Html.From(
            $"""
            <h2>Tokens per word</h2>
            <p class="soft">Suffixes are those after an apostrophe; a suffix is whole if it is one token.</p>
            <div class="card">{BarLegend}{table.Render()}</div>

            """);
    }

    private static Html Terms(TokenizerReport report) => Html.From(
        $"""
        <h2>ERP terms</h2>
        <p class="soft">Most frequent terms first. Filled: one token. Bars mark the token boundaries of the others.</p>
        <div class="card terms" lang="tr">{report.Terms.Select(Term)}</div>

        """);

    private static Html Term(TermMetrics term)
    {
        var tokens = Html.Join(Html.From($"<b>|</b>"), term.Tokens.Select(token => Html.FromText(token.TrimStart(' '))));
        var count = term.Count > 0 ? Html.From($"<small>{term.Count:N0}</small>") : Html.Empty;
        return term.Tokens.Count == 1
            ? Html.From($"<span class=\"whole\">{tokens}{count}</span>")
            : Html.From($"<span>{tokens}{count}</span>");
    }

    private static Html Comparison(IReadOnlyList<TokenizerReport> reports)
    {
        if (reports is [_]) return Html.Empty;
        var most = reports[0].Total.BytesPerWord;
        var table = new HtmlTable(
            ("tokenizer", ColumnKind.Text), ("split rule", ColumnKind.Text), ("", ColumnKind.Bar),
            ("tokens / word", ColumnKind.Number), ("bytes / token", ColumnKind.Number), ("suffixes whole", ColumnKind.Number),
            ("terms whole", ColumnKind.Number), ("vocabulary", ColumnKind.Number));
        foreach (var report in reports)
            table.Add(
                Html.FromText(report.Name), Html.FromText(report.Tokenizer.SplitRuleName), Bar(report.Total, most),
                Html.From($"{report.Total.TokensPerWord:F3}"),
                Html.From($"{report.Total.BytesPerToken:F2}"), Html.FromText(Format.Percent(report.Total.WholeSuffixShare)),
                Html.FromText(Format.Percent(report.WholeTermShare)), Html.From($"{report.Tokenizer.VocabularySize:N0}"));
        return Html.From(
            $"""
            <h2>Comparison</h2>
            <p class="soft">All tokenizers on the same text; fewer tokens per word are better.</p>
            <div class="card">{BarLegend}{table.Render()}</div>

            """);
    }

    private static Html Bar(TextMetrics text, double most)
    {
        var bar = HtmlPage.RenderBar(text.TokensPerWord / text.BytesPerWord);
        return Html.From($"<div style=\"width:{100 * Math.Min(1, text.BytesPerWord / most):F1}%\">{bar}</div>");
    }
}
