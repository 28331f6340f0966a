namespace TurkishLlm.Tokenization;

/// <summary>A tokenizer and what it was learned from.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="ReusedFileCount">Text files that were counted before.</param>
/// <param name="PreTokenCount">Different pieces learned from.</param>
/// <param name="MinFrequency">Pieces that occur fewer times in the whole text were left out; 1 when none was.</param>
/// <param name="SkippedPreTokenCount">How many were left out.</param>
public sealed record BytePairResult(Tokenizer Tokenizer, int ReusedFileCount, int PreTokenCount, long MinFrequency, long SkippedPreTokenCount);
