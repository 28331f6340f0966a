using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Tokenization.Report;

/// <summary>Quality of a tokenizer on a set of texts.</summary>
/// <param name="Name">Name of the tokenizer.</param>
/// <param name="Tokenizer">The tokenizer, of this project or of another one; all are measured in the same way.</param>
/// <param name="Domains">Statistics per text.</param>
/// <param name="Terms">ERP terms, sorted by frequency.</param>
public sealed record TokenizerReport(
    string Name, LoadedTokenizer Tokenizer, IReadOnlyList<TextMetrics> Domains, IReadOnlyList<TermMetrics> Terms)
{
    /// <summary>The sum of all texts.</summary>
    public TextMetrics Total { get; } =
        Domains.Aggregate(
            new TextMetrics("all", 0, 0, 0, Tokenizer.Own is null ? null : 0, 0, 0), (sum, domain) => sum + domain);

    /// <summary>Fraction of the terms that are one token.</summary>
    public double WholeTermShare => (double)Terms.Count(term => term.Tokens.Count == 1) / Terms.Count;

    /// <summary>Measures a tokenizer.</summary>
    /// <param name="name">Name of the tokenizer.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="domains">Named texts, as documents.</param>
    public static TokenizerReport Measure(
        string name, LoadedTokenizer tokenizer, IReadOnlyList<(string Name, IReadOnlyList<string> Documents)> domains)
    {
        ArgumentNullException.ThrowIfNull(domains);
        return new(
            name, tokenizer, [.. domains.Select(domain => TextMetrics.Measure(tokenizer, domain.Name, domain.Documents))],
            ErpTerms.Measure(tokenizer, domains.SelectMany(domain => domain.Documents)));
    }
}
