using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// Enumerates the n-grams of n consecutive words of a text as hashes: equal words in equal order have equal hashes.
/// </summary>
internal ref struct WordNGrams
{
    private const ulong Base = SplitMix64.Increment;
    private readonly Span<ulong> _window;
    private readonly ulong _leavingFactor = 1;
    private WordScanner _words;
    private ulong _sum;

    /// <param name="text">The text.</param>
    /// <param name="window">Buffer for the words of an n-gram; its length is n.</param>
    public WordNGrams(ReadOnlySpan<char> text, Span<ulong> window)
    {
        _words = new(text);
        _window = window;
        _window.Clear();
        for (var i = 1; i < window.Length; i++) _leavingFactor *= Base;
    }

    /// <summary>Number of words passed so far; less than n if <see cref="MoveNext"/> found no n-gram at all.</summary>
    public int Count { get; private set; }

    /// <summary>Hash of the current n-gram; of all words if there are fewer than n.</summary>
    public readonly ulong Hash => SplitMix64.Mix(_sum);

    /// <summary>Advances to the next n-gram; returns false after the last.</summary>
    public bool MoveNext()
    {
        while (_words.MoveNext())
        {
            ref var leaving = ref _window[Count++ % _window.Length];
            _sum = (_sum - leaving * _leavingFactor) * Base + _words.Hash;
            leaving = _words.Hash;
            if (Count >= _window.Length) return true;
        }
        return false;
    }
}
