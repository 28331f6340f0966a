using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// Locates documents in a split by searching for begin-of-text tokens. Reads the split only up to the requested position.
/// </summary>
/// <param name="shard">The split. The caller disposes it.</param>
public sealed class DocumentIndex(TokenShard shard)
{
    private const int ReadBufferTokens = 1 << 18;

    /// <summary>Enumerates the start and the length of every document in order, including the begin and end tokens.</summary>
    public IEnumerable<(long Start, int Length)> EnumerateDocuments()
    {
        long? start = null;
        foreach (var begin in EnumerateStarts())
        {
            if (start is { } from) yield return (from, (int)(begin - from));
            start = begin;
        }
        if (start is { } last) yield return (last, (int)(shard.Count - last));
    }

    /// <summary>Returns the start and the length of a document.</summary>
    /// <param name="number">Index of the document, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The document does not exist; the message gives the number of documents.
    /// </exception>
    public (long Start, int Length) GetDocument(long number)
    {
        var documents = 0L;
        foreach (var document in EnumerateDocuments())
            if (documents++ == number) return document;
        throw new ArgumentOutOfRangeException(nameof(number), FormattableString.Invariant(
            $"Document {number} does not exist; the {shard.Split} split has the documents 0 to {documents - 1}."));
    }

    /// <summary>Returns the index of the document that contains a token.</summary>
    /// <param name="position">Position of the token, 0 … Count − 1.</param>
    public long FindDocumentNumber(long position)
    {
        var number = -1L;
        foreach (var begin in EnumerateStarts())
        {
            if (begin > position) break;
            number++;
        }
        return number;
    }

    private IEnumerable<long> EnumerateStarts()
    {
        var tokens = new ushort[ReadBufferTokens];
        for (long first = 0; first < shard.Count; first += tokens.Length)
        {
            var length = (int)Math.Min(tokens.Length, shard.Count - first);
            shard.Read(first, tokens.AsSpan(0, length));
            for (
                int at = 0, next;
                (next = tokens.AsSpan(at, length - at).IndexOf((ushort)SpecialTokens.BeginOfText)) >= 0;
                at += next + 1)
                yield return first + at + next;
        }
    }
}
