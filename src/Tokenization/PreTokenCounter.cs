using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>Counts the pieces of documents on several threads. What it finds does not depend on how many there are.</summary>
/// <param name="threads">How many.</param>
/// <param name="preTokensPerThread">A thread that holds more pieces hands them over and begins anew.</param>
/// <param name="onCounts">Takes what a thread has counted, from that thread.</param>
internal sealed class PreTokenCounter(int threads, int preTokensPerThread, Action<Dictionary<string, long>> onCounts)
{
    /// <summary>Counts; 64-bit, for corpora beyond two thousand million words.</summary>
    /// <param name="documents">Read by one thread at a time, none ahead.</param>
    /// <param name="onDocument">Told of each document, from several threads.</param>
    /// <param name="cancellationToken">Stops the counting.</param>
    public void Count(IEnumerable<string> documents, Action<string> onDocument, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.ForEach(
                Partitioner.Create(documents, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = threads },
                () => new Dictionary<string, long>(StringComparer.Ordinal),
                (document, _, counts) =>
                {
                    Add(document, counts);
                    onDocument(document);
                    if (counts.Count <= preTokensPerThread) return counts;
                    onCounts(counts);
                    return new Dictionary<string, long>(StringComparer.Ordinal);
                },
                onCounts);
        }
        catch (AggregateException errors)
        {
            // What a document's reader found wrong must reach the caller as it was thrown.
            ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
        }
    }

    private static void Add(string document, Dictionary<string, long> counts)
    {
        var byCharacters = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var piece in PreTokenizer.Split(document))
            CollectionsMarshal.GetValueRefOrAddDefault(byCharacters, piece, out _)++;
    }
}
