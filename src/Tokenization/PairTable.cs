using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>Counts of all pairs of adjacent tokens, with the words that contain them.</summary>
internal sealed class PairTable
{
    private readonly Dictionary<uint, int> _indexes = [];
    private readonly List<Pair> _pairs = [];
    private readonly PriorityQueue<int, Priority> _queue = new();
    private int _queued;

    /// <summary>Adds to the count of a pair.</summary>
    /// <param name="left">Left token of the pair.</param>
    /// <param name="right">Right token of the pair.</param>
    /// <param name="count">Amount to add; may be negative.</param>
    /// <param name="word">Index of the word that contains the pair.</param>
    public void Add(int left, int right, long count, int word)
    {
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indexes, (uint)left << 16 | (uint)right, out var known);
        if (!known)
        {
            index = _pairs.Count;
            _pairs.Add(new Pair { Left = left, Right = right });
        }
        ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[index];
        pair.Count += count;
        if (count > 0) pair.AddWord(word);
    }

    /// <summary>Queues the pairs added since the last call. The counts of queued pairs never increase.</summary>
    public void QueueNewPairs()
    {
        for (; _queued < _pairs.Count; _queued++) Enqueue(_queued);
    }

    /// <summary>Dequeues the most frequent pair. Ties are broken by the lower left id, then by the lower right id.</summary>
    public bool TryDequeue(long minFrequency, out int left, out int right, out ReadOnlySpan<int> words)
    {
        while (_queue.TryDequeue(out var index, out var queuedAs))
        {
            ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[index];
            if (pair.Count < minFrequency) continue;
            if (pair.Count != queuedAs.Count)
            {
                Enqueue(index);
                continue;
            }
            (left, right) = (pair.Left, pair.Right);
            words = pair.TakeWords();
            return true;
        }
        (left, right) = (0, 0);
        words = default;
        return false;
    }

    private void Enqueue(int index)
    {
        var pair = _pairs[index];
        if (pair.Count > 0) _queue.Enqueue(index, new Priority(pair.Count, pair.Left, pair.Right));
    }

    private struct Pair
    {
        public int Left, Right;
        public long Count;
        private int[]? _words;
        private int _wordCount;

        // A word is added each time it gains the pair; consecutive duplicates are added once.
        public void AddWord(int word)
        {
            _words ??= new int[2];
            if (_wordCount > 0 && _words[_wordCount - 1] == word) return;
            if (_wordCount == _words.Length) Array.Resize(ref _words, _wordCount * 2);
            _words[_wordCount++] = word;
        }

        public ReadOnlySpan<int> TakeWords()
        {
            var words = _words.AsSpan(0, _wordCount);
            _words = null;
            _wordCount = 0;
            return words;
        }
    }

    private readonly record struct Priority(long Count, int Left, int Right) : IComparable<Priority>
    {
        // PriorityQueue dequeues the smallest first.
        public int CompareTo(Priority other)
        {
            if (Count != other.Count) return other.Count.CompareTo(Count);
            return Left != other.Left ? Left.CompareTo(other.Left) : Right.CompareTo(other.Right);
        }
    }
}
