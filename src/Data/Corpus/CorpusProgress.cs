namespace TurkishLlm.Data.Corpus;

/// <summary>How far the preparation of a corpus has come.</summary>
/// <param name="Bytes">Bytes of text read.</param>
/// <param name="TotalBytes">Bytes of text in the corpus.</param>
/// <param name="Documents">Documents read, kept or not.</param>
/// <param name="Tokens">Tokens encoded, begin and end of documents included; at the end, tokens written.</param>
/// <param name="Stage">What is being done.</param>
public sealed record CorpusProgress(long Bytes, long TotalBytes, long Documents, long Tokens, CorpusStage Stage);

/// <summary>The stages of a preparation.</summary>
public enum CorpusStage
{
    /// <summary>Text is read, filtered and encoded.</summary>
    Reading,

    /// <summary>Documents are compared with one another.</summary>
    Comparing,

    /// <summary>Shards are written.</summary>
    Writing,

    /// <summary>The shards are in their place.</summary>
    Done,
}
