namespace TurkishLlm.Tokenization;

/// <summary>A tokenizer and what it was learned from.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="FilesReused">Text files that were counted before.</param>
/// <param name="Pieces">Different pieces learned from.</param>
/// <param name="LeastCount">Pieces that occur fewer times in the whole text were left out; 1 when none was.</param>
/// <param name="PiecesLeftOut">How many were left out.</param>
public sealed record BytePairResult(Tokenizer Tokenizer, int FilesReused, int Pieces, long LeastCount, long PiecesLeftOut);
