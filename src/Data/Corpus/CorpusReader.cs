namespace TurkishLlm.Data.Corpus;

/// <summary>Reads the text of a corpus once, encodes it on several threads, and stages it in reading order.</summary>
/// <remarks>
/// The calling thread reads and writes; tasks encode. At most one batch more than there are workers is in progress, which bounds
/// memory. Batches are written in the order in which they were read.
/// </remarks>
internal sealed class CorpusReader(
    BatchEncoder encoder, CorpusOptions options, Staging staging, IProgress<CorpusProgress>? progress)
{
    private readonly Queue<Task<EncodedBatch>> _underWay = new();
    private long _before, _total, _read;

    public void Run(IReadOnlyList<CorpusFile> files, CancellationToken cancellationToken)
    {
        (_before, _total) = (staging.Files.Sum(file => file.File.Bytes), files.Sum(file => file.Bytes));
        _read = staging.Files.Sum(file => file.Read.Documents);
        try
        {
            foreach (var batch in TextBatch.Read(files.Skip(staging.Files.Count), options.InvalidText))
            {
                cancellationToken.ThrowIfCancellationRequested();
                _underWay.Enqueue(Task.Run(() => encoder.Encode(batch), cancellationToken));
                if (_underWay.Count > options.Workers) Write();
            }
        }
        catch (InvalidDataException)
        {
            Finish();      // after the bad byte is fixed, the text before it need not be read again
            throw;
        }
        Finish();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Finish()
    {
        while (_underWay.Count > 0) Write();
        staging.Sync();
    }

    private void Write()
    {
        var batch = _underWay.Dequeue().GetAwaiter().GetResult();
        staging.Append(batch);
        _read += batch.Funnel.Read.Documents;
        progress?.Report(new(
            _before + batch.Text.Position, _total, _read, staging.TokenCount + 2 * staging.DocumentCount, CorpusStage.Reading));
        if (batch.Text.CompletedFile is { } file) _before += file.Bytes;
    }
}
