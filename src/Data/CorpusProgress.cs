namespace TurkishLlm.Data;

/// <summary>How far the preparation of a corpus has come.</summary>
/// <param name="Bytes">Bytes of text read.</param>
/// <param name="TotalBytes">Bytes of text in the corpus.</param>
/// <param name="Documents">Documents read, kept or not.</param>
/// <param name="Tokens">Tokens written, begin and end of documents included.</param>
public sealed record CorpusProgress(long Bytes, long TotalBytes, long Documents, long Tokens);
