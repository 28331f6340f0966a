using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>Adds up what a training did and tells about it, not too often. Any number of threads may use it.</summary>
internal sealed class ProgressReporter(IProgress<BytePairProgress>? progress, int vocabularySize)
{
    private const int DocumentsPerReport = 1000;

    private long _documents, _bytes, _finishedBytes;

    /// <summary>Bytes of all files; 0 where that is not known.</summary>
    public long TotalBytes { get; init; }

    public void OnDocumentCounted(string document)
    {
        var bytes = TotalBytes == 0 ? 0 : Interlocked.Add(ref _bytes, Encoding.UTF8.GetByteCount(document));
        if (Interlocked.Increment(ref _documents) is var n && n % DocumentsPerReport == 0) Report(n, bytes, 0, VocabularyLayout.FirstMerge);
    }

    /// <summary>A file of so many bytes is counted, its blank lines too.</summary>
    public void OnFileFinished(long bytes) => Report(_documents, _bytes = _finishedBytes += bytes, 0, VocabularyLayout.FirstMerge);

    public void OnTokensAdded(int preTokens, int ids) => Report(_documents, TotalBytes, preTokens, ids);

    private void Report(long documents, long bytes, int preTokens, int ids) =>
        progress?.Report(new(documents, TotalBytes == 0 ? 0 : Math.Min(1, (double)bytes / TotalBytes), preTokens, ids, vocabularySize));
}
