namespace TurkishLlm.Tokenization;

/// <summary>How far the training of a tokenizer is.</summary>
/// <param name="DocumentsRead">Documents counted so far.</param>
/// <param name="DistinctPieces">Different pieces among them; 0 until all documents are read.</param>
/// <param name="VocabularySize">Ids made so far.</param>
/// <param name="VocabularyTarget">Ids asked for.</param>
public readonly record struct BytePairProgress(long DocumentsRead, int DistinctPieces, int VocabularySize, int VocabularyTarget);
