namespace TurkishLlm.Tokenization.Report;

/// <summary>A term and its tokens within a sentence.</summary>
/// <param name="Term">The term, in lower case.</param>
/// <param name="Count">Number of occurrences as a separate word, in lower case or capitalized.</param>
/// <param name="Tokens">The texts of its tokens, including the space before it.</param>
public sealed record TermMetrics(string Term, long Count, IReadOnlyList<string> Tokens);
