using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>Consecutive documents of one file.</summary>
/// <param name="Documents">The documents.</param>
/// <param name="Source">Index of their source.</param>
/// <param name="Position">Bytes of the file read so far.</param>
/// <param name="CompletedFile">The manifest entry of the file if these are its last documents; otherwise null.</param>
internal sealed record TextBatch(IReadOnlyList<RawDocument> Documents, int Source, long Position, ManifestFile? CompletedFile)
{
    // Large enough to keep threads busy; a constant, so that memory does not depend on the corpus.
    private const int MaxDocuments = 512;
    private const int MaxBytes = 4 << 20;

    /// <summary>Reads the documents of files in batches; every file ends with a batch of its own.</summary>
    public static IEnumerable<TextBatch> Read(IEnumerable<CorpusFile> files, InvalidText policy)
    {
        foreach (var file in files)
        {
            using var reader = CorpusFileReader.Open(file, policy);
            var (batch, bytes) = (new List<RawDocument>(), 0);
            while (reader.ReadNext() is { } document)
            {
                batch.Add(document);
                bytes += document.Utf8.Length;
                if (batch.Count < MaxDocuments && bytes < MaxBytes) continue;
                yield return new(batch, file.Source, reader.Position, CompletedFile: null);
                (batch, bytes) = ([], 0);
            }
            yield return new(batch, file.Source, reader.Position, reader.Describe());
        }
    }
}
