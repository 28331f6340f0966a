using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>A completely read file, with the state of the staged documents at its end.</summary>
/// <param name="Source">Index of its source.</param>
/// <param name="File">The file.</param>
/// <param name="Read">Documents read from it.</param>
/// <param name="Excluded">Documents excluded from it.</param>
/// <param name="EvaluationHits">Number of documents excluded because of each evaluation file.</param>
/// <param name="PersonalData">Findings of personal data by kind.</param>
/// <param name="Documents">Documents staged up to its end, including those of earlier files.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="NGrams">Their sampled n-grams.</param>
internal sealed record StagedFile(
    int Source,
    ManifestFile File, Tally Read, IReadOnlyList<ManifestExclusion> Excluded, long[] EvaluationHits, long[] PersonalData,
    long Documents, long Tokens, long NGrams);

/// <summary>
/// Encoded documents on disk, in reading order, between reading the text and writing the shards. A journal lists the finished
/// files; when a preparation resumes, everything after the last of them is truncated.
/// </summary>
/// <remarks>
/// Disk space: two bytes per token, 28 per document, 256 per document for signatures, and about two per word for n-grams.
/// </remarks>
internal sealed class Staging : IDisposable
{
    private const long BytesBetweenSyncs = 1 << 15;

    private readonly List<StagedFile> _files = [];
    private readonly List<StagedFile> _unsynced = [];
    private readonly FileStream _documents, _tokens, _nGrams, _signatures, _journal;
    private Funnel _funnel = new();
    private long[] _hits = [], _personalData = [];
    private long _documentCount, _tokenCount, _nGramCount, _bytesSinceSync;

    /// <param name="folder">The work folder.</param>
    /// <param name="recipe">How documents are selected and encoded. Work of another recipe is discarded.</param>
    /// <param name="files">The files of the corpus.</param>
    /// <param name="notes">Receives notes about work that is resumed or discarded.</param>
    /// <param name="cancellationToken">Cancels the check of the files for changes.</param>
    public Staging(
        WorkFolder folder,
        IReadOnlyList<(string Name, string Value)> recipe, IReadOnlyList<CorpusFile> files, ICollection<string> notes,
        CancellationToken cancellationToken)
    {
        var found = RestoreFiles(folder, recipe, files, notes, cancellationToken);
        _documents = Open("documents");
        _tokens = Open("tokens");
        _nGrams = Open("ngrams");
        _signatures = Open("signatures");
        _journal = Open("journal");
        _journal.SetLength(0);
        foreach (var file in found) WriteJournal(file);
        ResumeFrom(found.LastOrDefault());

        FileStream Open(string name) => new(folder[name], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
    }

    /// <summary>The finished files, in reading order.</summary>
    public IReadOnlyList<StagedFile> Files => _files;

    public long DocumentCount => _documentCount;

    public long TokenCount => _tokenCount;

    /// <summary>Appends documents, and finishes their file after its last documents.</summary>
    public void Append(EncodedBatch batch)
    {
        _documents.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(batch.Documents)));
        _tokens.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(batch.Tokens)));
        _nGrams.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(batch.NGrams)));
        _signatures.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(batch.Signatures)));
        _documentCount += batch.Documents.Count;
        _tokenCount += batch.Tokens.Count;
        _nGramCount += batch.NGrams.Count;
        _bytesSinceSync += batch.Tokens.Count * sizeof(ushort);
        _funnel.Add(batch.Funnel);
        _hits = Add(_hits, batch.EvaluationHits);
        _personalData = Add(_personalData, batch.PersonalData);
        if (batch.Text.CompletedFile is not { } file) return;

        _unsynced.Add(
            new(
                batch.Text.Source, file, _funnel.Read, _funnel.Excluded, _hits, _personalData, _documentCount, _tokenCount,
                _nGramCount));
        (_funnel, _hits, _personalData) = (new(), [], []);
        if (_bytesSinceSync >= BytesBetweenSyncs) Sync();
    }

    /// <summary>Flushes everything appended to disk, then writes the finished files to the journal.</summary>
    public void Sync()
    {
        foreach (var stream in (FileStream[])[_documents, _tokens, _nGrams, _signatures]) stream.Flush(flushToDisk: true);
        foreach (var file in _unsynced) WriteJournal(file);
        _journal.Flush(flushToDisk: true);
        _unsynced.Clear();
        _bytesSinceSync = 0;
    }

    /// <summary>Enumerates all staged documents, in reading order.</summary>
    public IEnumerable<StagedDocument> EnumerateDocuments()
    {
        using var file = new FileStream(
            _documents.Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0, FileOptions.SequentialScan);
        var buffer = new StagedDocument[1 << 14];
        for (var left = _documentCount; left > 0; left -= buffer.Length)
        {
            var count = (int)Math.Min(left, buffer.Length);
            file.ReadExactly(MemoryMarshal.AsBytes(buffer.AsSpan(0, count)));
            for (var i = 0; i < count; i++) yield return buffer[i];
        }
    }

    /// <summary>Enumerates the signatures of all staged documents, in reading order. Each is valid until the next.</summary>
    public IEnumerable<ReadOnlyMemory<ushort>> EnumerateSignatures()
    {
        var buffer = new ushort[MinHash.SignatureLength * 1024];
        for (long first = 0; first < _documentCount; first += 1024)
        {
            var count = (int)Math.Min(1024, _documentCount - first);
            ReadSignatures(first, buffer.AsSpan(0, count * MinHash.SignatureLength));
            for (var i = 0; i < count; i++) yield return buffer.AsMemory(i * MinHash.SignatureLength, MinHash.SignatureLength);
        }
    }

    /// <summary>Reads as many signatures as fit into the destination, starting with those of the given document.</summary>
    public void ReadSignatures(long document, Span<ushort> destination)
    {
        var bytes = MemoryMarshal.AsBytes(destination);
        var at = document * MinHash.SignatureLength * sizeof(ushort);
        while (!bytes.IsEmpty)
        {
            var read = RandomAccess.Read(_signatures.SafeFileHandle, bytes, at);
            if (read == 0) throw new EndOfStreamException($"{_signatures.Name} is truncated.");
            bytes = bytes[read..];
            at += read;
        }
    }

    /// <summary>Opens the tokens of all staged documents for sequential reading.</summary>
    public StagedValues<ushort> OpenTokens() => new(_tokens.Name);

    /// <summary>Opens the sampled n-grams of all staged documents for sequential reading.</summary>
    public StagedValues<ulong> OpenNGrams() => new(_nGrams.Name);

    public void Dispose()
    {
        // On a full disk, disposing one file can throw; `using` still closes the others.
        using var documents = _documents;
        using var tokens = _tokens;
        using var nGrams = _nGrams;
        using var signatures = _signatures;
        using var journal = _journal;
    }

    private static long[] Add(long[] sums, long[] counts) =>
        sums.Length == 0 ? [.. counts] : [.. sums.Zip(counts, (a, b) => a + b)];

    private void WriteJournal(StagedFile file)
    {
        JsonSerializer.Serialize(_journal, file);
        _journal.Write("\n"u8);
        _files.Add(file);
    }

    private void ResumeFrom(StagedFile? last)
    {
        (_documentCount, _tokenCount, _nGramCount) = (last?.Documents ?? 0, last?.Tokens ?? 0, last?.NGrams ?? 0);
        _documents.SetLength(_documentCount * Unsafe.SizeOf<StagedDocument>());
        _tokens.SetLength(_tokenCount * sizeof(ushort));
        _nGrams.SetLength(_nGramCount * sizeof(ulong));
        _signatures.SetLength(Math.Min(_signatures.Length, _documentCount * MinHash.SignatureLength * sizeof(ushort)));
        foreach (var stream in (FileStream[])[_documents, _tokens, _nGrams, _signatures]) stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>
    /// Returns the finished files of an interrupted preparation with the same recipe, up to the first file that has changed
    /// since.
    /// </summary>
    private static List<StagedFile> RestoreFiles(
        WorkFolder folder,
        IReadOnlyList<(string Name, string Value)> recipe, IReadOnlyList<CorpusFile> files, ICollection<string> notes,
        CancellationToken cancellationToken)
    {
        List<StagedFile> found = [];
        var before = ReadRecipe(folder);
        var difference = before is null ? null : Recipe.FindDifference(before, recipe);
        if (difference is not null)
            notes.Add($"The work of an interrupted preparation was discarded: it was created {difference}.");
        if (before is null || difference is not null)
        {
            File.Delete(folder["journal"]);
            File.WriteAllText(
                folder["recipe"],
                JsonSerializer.Serialize(recipe.Select(entry => new[] { entry.Name, entry.Value })));
            return found;
        }

        foreach (var (done, now) in ReadJournal(folder).Zip(files))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (
                (done.Source, done.File.File, done.File.Bytes) != (now.Source, now.Name, now.Bytes)
                || FileDigest.Compute(now.Path) != done.File.Sha256)
            {
                notes.Add(
                    $"{now.Path} has changed since an interrupted preparation read it: reading it and the files "
                        + "after it again.");
                break;
            }
            found.Add(done);
        }
        if (found.Count > 0)
            notes.Add(
                $"Resuming an interrupted preparation: finished {found.Count} of {Quantity.Format(files.Count, "file")}.");
        return found;
    }

    private static (string, string)[]? ReadRecipe(WorkFolder folder)
    {
        try
        {
            return File.Exists(folder["recipe"]) && File.Exists(folder["journal"])
                ?
                [
                    .. StrictJson.DeserializeFile<string[][]>(folder["recipe"]).Select(entry => (entry[0], entry[1])),
                ]
                : null;
        }
        catch (InvalidDataException)
        {
            return null;      // interrupted while it was written
        }
    }

    private static IEnumerable<StagedFile> ReadJournal(WorkFolder folder)
    {
        foreach (var line in TextFile.ReadLines(folder["journal"]))
        {
            StagedFile file;
            try
            {
                file = StrictJson.Deserialize<StagedFile>(line, options: null, folder["journal"]);
            }
            catch (InvalidDataException)
            {
                yield break;      // interrupted while it was written
            }
            var isThere = new FileInfo(folder["documents"]).Length >= file.Documents * Unsafe.SizeOf<StagedDocument>()
                && new FileInfo(folder["tokens"]).Length >= file.Tokens * sizeof(ushort)
                && new FileInfo(folder["ngrams"]).Length >= file.NGrams * sizeof(ulong);
            if (!isThere) yield break;
            yield return file;
        }
    }
}
