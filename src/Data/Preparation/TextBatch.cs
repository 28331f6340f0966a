namespace TurkishLlm.Data;

/// <summary>Some documents of one file, in reading order.</summary>
/// <param name="Documents">The documents.</param>
/// <param name="Source">Number of their source.</param>
/// <param name="Position">Bytes of the file read so far.</param>
/// <param name="EndOf">The file, when these are its last documents.</param>
internal sealed record TextBatch(IReadOnlyList<RawDocument> Documents, int Source, long Position, ManifestFile? EndOf)
{
    // Large enough to keep threads busy, small enough that memory does not depend on the corpus.
    private const int MostDocuments = 512;
    private const int MostBytes = 4 << 20;

    /// <summary>The documents of files, batch by batch; every file ends with a batch of its own.</summary>
    public static IEnumerable<TextBatch> Read(IEnumerable<CorpusFile> files, InvalidText policy)
    {
        foreach (var file in files)
        {
            using var reader = new TextFileReader(file, policy);
            var (batch, bytes) = (new List<RawDocument>(), 0);
            while (reader.Next() is { } document)
            {
                batch.Add(document);
                bytes += document.Utf8.Length;
                if (batch.Count < MostDocuments && bytes < MostBytes) continue;
                yield return new(batch, file.Source, reader.Position, EndOf: null);
                (batch, bytes) = ([], 0);
            }
            yield return new(batch, file.Source, reader.Position, reader.Describe());
        }
    }
}
