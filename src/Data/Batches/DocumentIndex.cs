using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Batches;

/// <summary>Finds documents in a split by looking for their begins. Reads the split up to what is asked for.</summary>
/// <param name="shard">The split. Not owned.</param>
public sealed class DocumentIndex(TokenShard shard)
{
    private const int ReadBufferTokens = 1 << 18;

    /// <summary>First token and length of every document, begin and end included, in their order.</summary>
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

    /// <summary>A document by its number.</summary>
    /// <param name="number">0 for the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such document; the message says how many there are.</exception>
    public (long Start, int Length) GetDocument(long number)
    {
        var documents = 0L;
        foreach (var document in EnumerateDocuments())
            if (documents++ == number) return document;
        throw new ArgumentOutOfRangeException(nameof(number), FormattableString.Invariant(
            $"Document {number} was asked for; the {shard.Split} split has the documents 0 to {documents - 1}."));
    }

    /// <summary>The number of the document that holds a token.</summary>
    /// <param name="position">A token, 0 … Count − 1.</param>
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
            for (int at = 0, next; (next = tokens.AsSpan(at, length - at).IndexOf((ushort)SpecialTokens.BeginOfText)) >= 0; at += next + 1)
                yield return first + at + next;
        }
    }
}
