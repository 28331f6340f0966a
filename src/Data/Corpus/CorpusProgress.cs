namespace TurkishLlm.Data.Corpus;

/// <summary>Progress of the preparation of a corpus.</summary>
/// <param name="Bytes">Bytes of text read.</param>
/// <param name="TotalBytes">Bytes of text in the whole corpus.</param>
/// <param name="Documents">Documents read, kept or not.</param>
/// <param name="Tokens">Tokens encoded, including begin and end of each document; at the end, tokens written.</param>
/// <param name="Stage">The current stage.</param>
public sealed record CorpusProgress(long Bytes, long TotalBytes, long Documents, long Tokens, CorpusStage Stage);

/// <summary>The stages of a preparation.</summary>
public enum CorpusStage
{
    /// <summary>Reads, filters and encodes text.</summary>
    Reading,

    /// <summary>Compares documents with each other.</summary>
    Comparing,

    /// <summary>Writes shards.</summary>
    Writing,

    /// <summary>The shards are complete.</summary>
    Done,
}
