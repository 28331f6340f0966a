namespace TurkishLlm.Tokenization;

/// <summary>Progress of a tokenizer training.</summary>
/// <param name="DocumentsRead">Documents counted so far.</param>
/// <param name="FractionRead">Fraction of the text that is counted, 0 … 1; 0 if unknown.</param>
/// <param name="DistinctPreTokens">Distinct pre-tokens to train on; 0 until counting has finished.</param>
/// <param name="VocabularySize">Ids created so far.</param>
/// <param name="VocabularyTarget">Requested number of ids.</param>
public readonly record struct BytePairProgress(
    long DocumentsRead, double FractionRead, int DistinctPreTokens, int VocabularySize, int VocabularyTarget);
