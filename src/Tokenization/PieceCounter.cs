using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>Counts the pieces of documents on several threads. What it finds does not depend on how many there are.</summary>
/// <param name="threads">How many.</param>
/// <param name="piecesPerThread">A thread that holds more pieces hands them over and begins anew.</param>
/// <param name="handOver">Takes what a thread has counted, from that thread.</param>
internal sealed class PieceCounter(int threads, int piecesPerThread, Action<Dictionary<string, long>> handOver)
{
    /// <summary>Counts; 64-bit, for corpora beyond two thousand million words.</summary>
    /// <param name="documents">Read by one thread at a time, none ahead.</param>
    /// <param name="counted">Told of each document, from several threads.</param>
    /// <param name="cancel">Stops the counting.</param>
    public void Count(IEnumerable<string> documents, Action<string> counted, CancellationToken cancel)
    {
        try
        {
            Parallel.ForEach(
                Partitioner.Create(documents, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = threads },
                () => new Dictionary<string, long>(StringComparer.Ordinal),
                (document, _, counts) =>
                {
                    Add(document, counts);
                    counted(document);
                    if (counts.Count <= piecesPerThread) return counts;
                    handOver(counts);
                    return new Dictionary<string, long>(StringComparer.Ordinal);
                },
                handOver);
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
