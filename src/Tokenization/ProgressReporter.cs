using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>Accumulates the progress of a training and reports it at intervals. Thread-safe.</summary>
internal sealed class ProgressReporter(IProgress<BytePairProgress>? progress, int vocabularySize)
{
    private const int DocumentsPerReport = 1000;

    private long _documents, _bytes, _finishedBytes;

    /// <summary>Total size of all files in bytes; 0 if unknown.</summary>
    public long TotalBytes { get; init; }

    public void OnDocumentCounted(string document)
    {
        var bytes = TotalBytes == 0 ? 0 : Interlocked.Add(ref _bytes, Encoding.UTF8.GetByteCount(document));
        if (Interlocked.Increment(ref _documents) is var n && n % DocumentsPerReport == 0)
            Report(n, bytes, 0, VocabularyLayout.FirstMerge);
    }

    /// <summary>Adds the size of a file that is counted completely, including its blank lines.</summary>
    public void OnFileFinished(long bytes) =>
        Report(_documents, _bytes = _finishedBytes += bytes, 0, VocabularyLayout.FirstMerge);

    public void OnTokensAdded(int preTokens, int ids) => Report(_documents, TotalBytes, preTokens, ids);

    private void Report(long documents, long bytes, int preTokens, int ids) =>
        progress?.Report(
            new(documents, TotalBytes == 0 ? 0 : Math.Min(1, (double)bytes / TotalBytes), preTokens, ids, vocabularySize));
}
