using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>Counts the pieces of documents, on all processors. The result does not depend on how many there are.</summary>
internal static class PieceCounter
{
    private const int DocumentsPerReport = 1000;

    /// <summary>How often each piece occurs; 64-bit, for corpora beyond two thousand million words.</summary>
    public static Dictionary<string, long> Count(IEnumerable<string> documents, Action<long>? read, CancellationToken cancel)
    {
        var parts = new ConcurrentBag<Dictionary<string, long>>();
        var documentsRead = 0L;
        try
        {
            Parallel.ForEach(
                documents,
                new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
                () => new Dictionary<string, long>(StringComparer.Ordinal),
                (document, _, counts) =>
                {
                    Add(document, counts);
                    if (Interlocked.Increment(ref documentsRead) is var n && n % DocumentsPerReport == 0) read?.Invoke(n);
                    return counts;
                },
                parts.Add);
        }
        catch (AggregateException errors)
        {
            // What a document's reader found wrong must reach the caller as it was thrown.
            ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
        }

        if (!parts.TryTake(out var total)) return new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var part in parts)
            foreach (var (piece, count) in part)
                CollectionsMarshal.GetValueRefOrAddDefault(total, piece, out _) += count;
        read?.Invoke(documentsRead);
        return total;
    }

    private static void Add(string document, Dictionary<string, long> counts)
    {
        var byCharacters = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var piece in PreTokenizer.Split(document))
            CollectionsMarshal.GetValueRefOrAddDefault(byCharacters, piece, out _)++;
    }
}
