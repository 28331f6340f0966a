namespace TurkishLlm.Tokenization;

/// <summary>Sorts pre-token counts and merges sequences of them that are in ordinal order.</summary>
internal static class SortedCounts
{
    /// <summary>Sorts the pre-tokens of a table in ordinal order.</summary>
    public static KeyValuePair<string, long>[] Sort(Dictionary<string, long> counts)
    {
        var sorted = counts.ToArray();
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return sorted;
    }

    /// <summary>
    /// Merges sequences: each pre-token once, with the sum of its counts. Holds one pre-token of each sequence in memory.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, long>> Merge(IEnumerable<IEnumerable<KeyValuePair<string, long>>> sequences)
    {
        var next = new PriorityQueue<IEnumerator<KeyValuePair<string, long>>, string>(StringComparer.Ordinal);
        try
        {
            foreach (var sequence in sequences) Queue(sequence.GetEnumerator());
            while (next.TryDequeue(out var first, out var preToken))
            {
                var count = first.Current.Value;
                Queue(first);
                while (next.TryPeek(out _, out var other) && string.Equals(other, preToken, StringComparison.Ordinal))
                {
                    var same = next.Dequeue();
                    count += same.Current.Value;
                    Queue(same);
                }
                yield return new(preToken, count);
            }
        }
        finally
        {
            foreach (var (sequence, _) in next.UnorderedItems) sequence.Dispose();
        }

        void Queue(IEnumerator<KeyValuePair<string, long>> sequence)
        {
            if (sequence.MoveNext()) next.Enqueue(sequence, sequence.Current.Key);
            else sequence.Dispose();
        }
    }
}
