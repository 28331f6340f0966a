namespace TurkishLlm.Tokenization;

/// <summary>A trained tokenizer with statistics of its training data.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="ReusedFileCount">Number of text files with cached counts.</param>
/// <param name="PreTokenCount">Distinct pre-tokens used for training.</param>
/// <param name="MinFrequency">Pre-tokens that occur fewer times than this in the whole text were skipped; 1 if none was.</param>
/// <param name="SkippedPreTokenCount">Number of skipped pre-tokens.</param>
public sealed record BytePairResult(
    Tokenizer Tokenizer, int ReusedFileCount, int PreTokenCount, long MinFrequency, long SkippedPreTokenCount);
