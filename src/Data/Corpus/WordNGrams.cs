namespace TurkishLlm.Data.Corpus;

/// <summary>Walks over the runs of n consecutive words of a text, each as a hash: equal words in equal order have equal hashes.</summary>
internal ref struct WordNGrams
{
    private const ulong Base = 0x9E3779B97F4A7C15;
    private readonly Span<ulong> _window;
    private readonly ulong _leavingFactor = 1;
    private WordScanner _words;
    private ulong _sum;

    /// <param name="text">The text.</param>
    /// <param name="window">Room for the words of a run; its length is n.</param>
    public WordNGrams(ReadOnlySpan<char> text, Span<ulong> window)
    {
        _words = new(text);
        _window = window;
        _window.Clear();
        for (var i = 1; i < window.Length; i++) _leavingFactor *= Base;
    }

    /// <summary>Words passed so far: fewer than n after a <see cref="MoveNext"/> that found no run at all.</summary>
    public int Count { get; private set; }

    /// <summary>Hash of the run; of all words where there are fewer than n.</summary>
    public readonly ulong Hash => MinHash.Mix(_sum);

    /// <summary>Goes to the next run; false after the last.</summary>
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
