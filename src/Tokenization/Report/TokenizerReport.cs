namespace TurkishLlm.Tokenization.Report;

/// <summary>How good a tokenizer is for some texts.</summary>
/// <param name="Name">Which tokenizer.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Domains">Each text for itself.</param>
/// <param name="Terms">ERP terms, the most frequent first.</param>
public sealed record TokenizerReport(string Name, Tokenizer Tokenizer, IReadOnlyList<TextMetrics> Domains, IReadOnlyList<TermMetrics> Terms)
{
    /// <summary>All texts together.</summary>
    public TextMetrics Total { get; } = Domains.Aggregate(new TextMetrics("all", 0, 0, 0, 0, 0, 0), (sum, domain) => sum + domain);

    /// <summary>Share of the terms that are one token.</summary>
    public double WholeTermShare => (double)Terms.Count(term => term.Tokens.Count == 1) / Terms.Count;

    /// <summary>Measures a tokenizer.</summary>
    /// <param name="name">Which tokenizer.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="domains">Texts by name, as documents.</param>
    public static TokenizerReport Measure(string name, Tokenizer tokenizer, IReadOnlyList<(string Name, IReadOnlyList<string> Documents)> domains)
    {
        ArgumentNullException.ThrowIfNull(domains);
        return new(
            name, tokenizer, [.. domains.Select(domain => TextMetrics.Measure(tokenizer, domain.Name, domain.Documents))],
            ErpTerms.Measure(tokenizer, domains.SelectMany(domain => domain.Documents)));
    }
}
