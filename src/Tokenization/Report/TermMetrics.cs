namespace TurkishLlm.Tokenization.Report;

/// <summary>A term and what a tokenizer makes of it inside a sentence.</summary>
/// <param name="Term">The term, lower case.</param>
/// <param name="Count">How often it stands in the text, alone, lower case or with a capital.</param>
/// <param name="Tokens">The texts of its tokens, a space before it among them.</param>
public sealed record TermMetrics(string Term, long Count, IReadOnlyList<string> Tokens);
