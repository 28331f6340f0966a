namespace TurkishLlm.Data.RowChecks;

/// <summary>The set of letter trigrams of a text, by which short texts are compared.</summary>
/// <remarks>
/// The text has the form of <see cref="Tokenization.ComparableWords"/>, with a space at both ends. Trigrams are kept whole, not
/// as hashes, so similarities are exact.
/// </remarks>
public sealed class LetterTrigrams
{
    private readonly ulong[] _sorted;

    private LetterTrigrams(ulong[] sorted) => _sorted = sorted;

    /// <summary>The trigrams, each as three UTF-16 code units, in ascending order.</summary>
    internal ReadOnlySpan<ulong> Values => _sorted;

    /// <summary>Creates the set of a text.</summary>
    /// <param name="words">The text, in the form of <see cref="Tokenization.ComparableWords"/>.</param>
    public static LetterTrigrams Create(string words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var all = new ulong[Math.Max(1, words.Length)];
        var (before, current) = (' ', words.Length > 0 ? words[0] : ' ');
        for (var i = 0; i < all.Length; i++)
        {
            var next = i + 1 < words.Length ? words[i + 1] : ' ';
            all[i] = (ulong)before << 32 | (ulong)current << 16 | next;
            (before, current) = (current, next);
        }
        Array.Sort(all);
        var count = 1;
        for (var i = 1; i < all.Length; i++)
            if (all[i] != all[count - 1]) all[count++] = all[i];
        return new(all[..count]);
    }

    /// <summary>Computes the Jaccard similarity, 0 … 1: shared trigrams ÷ trigrams of either text.</summary>
    public double ComputeJaccard(LetterTrigrams other)
    {
        var shared = CountShared(other);
        return (double)shared / (_sorted.Length + other._sorted.Length - shared);
    }

    /// <summary>Computes the fraction of the smaller set that is in the larger one, 0 … 1.</summary>
    public double ComputeContainment(LetterTrigrams other) =>
        (double)CountShared(other) / Math.Min(_sorted.Length, other._sorted.Length);

    private int CountShared(LetterTrigrams other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var (a, b, shared) = (0, 0, 0);
        while (a < _sorted.Length && b < other._sorted.Length)
        {
            var order = _sorted[a].CompareTo(other._sorted[b]);
            if (order == 0) shared++;
            if (order <= 0) a++;
            if (order >= 0) b++;
        }
        return shared;
    }
}
