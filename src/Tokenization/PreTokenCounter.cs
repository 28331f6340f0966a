using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>Counts the pre-tokens of documents on several threads. The result does not depend on the number of threads.</summary>
/// <param name="split">The split rule.</param>
/// <param name="threads">Number of threads.</param>
/// <param name="preTokensPerThread">
/// Maximum number of distinct pre-tokens per thread; at the limit the thread passes its counts on and clears them.
/// </param>
/// <param name="onCounts">Receives the counts of a thread, on that thread.</param>
/// <remarks>Spec: TOK-26.</remarks>
internal sealed class PreTokenCounter(
    SplitRule split, int threads, int preTokensPerThread, Action<Dictionary<string, long>> onCounts)
{
    /// <summary>Counts the pre-tokens of all documents. Counts have 64 bits, because corpora exceed two billion words.</summary>
    /// <param name="documents">Enumerated by one thread at a time, without read-ahead.</param>
    /// <param name="onDocument">Called for each document, from several threads.</param>
    /// <param name="cancellationToken">Cancels the counting.</param>
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
            // Rethrow what the document reader threw, with its original stack trace.
            ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
        }
    }

    private void Add(string document, Dictionary<string, long> counts)
    {
        var byCharacters = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var preToken in split.Split(document))
            CollectionsMarshal.GetValueRefOrAddDefault(byCharacters, preToken, out _)++;
    }
}
