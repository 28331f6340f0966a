using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>A document with its identity and its tokens.</summary>
/// <param name="Document">The document.</param>
/// <param name="Hash">Its identity.</param>
/// <param name="Ids">Its tokens without begin and end; empty when it is too short to be encoded.</param>
internal sealed record EncodedDocument(Document Document, UInt128 Hash, int[] Ids);

/// <summary>Encodes documents on several threads and hands them on in reading order.</summary>
internal sealed class DocumentEncoder(Tokenizer tokenizer, CorpusOptions options)
{
    // Large enough to keep the threads busy, small enough that memory does not depend on the corpus.
    private const int BatchDocuments = 512;
    private const int BatchCharacters = 4 << 20;

    private readonly List<Document> _batch = [];
    private int _characters;

    public bool IsFull => _batch.Count >= BatchDocuments || _characters >= BatchCharacters;

    public void Add(Document document)
    {
        _batch.Add(document);
        _characters += document.Text.Length;
    }

    /// <summary>Encodes what was added since the last call.</summary>
    public IReadOnlyList<EncodedDocument> Take(CancellationToken cancel)
    {
        var encoded = new EncodedDocument[_batch.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel };
        Parallel.For(0, encoded.Length, parallel, i => encoded[i] = Encode(_batch[i]));
        _batch.Clear();
        _characters = 0;
        return encoded;
    }

    private EncodedDocument Encode(Document document) => new(
        document,
        DocumentHash.Of(document.Text),
        document.Text.Length < options.MinimumCharacters ? [] : [.. tokenizer.EncodeToIds(document.Text)]);
}
