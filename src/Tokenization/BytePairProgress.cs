namespace TurkishLlm.Tokenization;

/// <summary>How far the training of a tokenizer is.</summary>
/// <param name="DocumentsRead">Documents counted so far.</param>
/// <param name="FractionRead">Share of the text that is counted, 0 … 1; 0 while that is not known.</param>
/// <param name="DistinctPreTokens">Different pieces to learn from; 0 until all is counted.</param>
/// <param name="VocabularySize">Ids made so far.</param>
/// <param name="VocabularyTarget">Ids asked for.</param>
public readonly record struct BytePairProgress(long DocumentsRead, double FractionRead, int DistinctPreTokens, int VocabularySize, int VocabularyTarget);
