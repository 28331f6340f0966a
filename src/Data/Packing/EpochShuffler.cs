using TurkishLlm.Data.Batches;

namespace TurkishLlm.Data.Packing;

/// <summary>
/// The order in which rows are read: every epoch reads each row once, in a new order. A pure function of seed and position.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Spec: SFT-30, SFT-35, SFT-61. Source: Fisher-Yates shuffle, with the numbers of <see cref="CounterRandom"/>.
/// </remarks>
public sealed class EpochShuffler
{
    private readonly long _seed;
    private readonly IReadOnlyList<int>? _bands;
    private volatile Permutation? _last;

    /// <param name="seed">Seed of the run.</param>
    /// <param name="count">Number of rows per epoch; greater than 0.</param>
    /// <param name="bands">
    /// Band of each row: every epoch reads lower bands first, and shuffles each; null to shuffle all rows.
    /// </param>
    public EpochShuffler(long seed, int count, IReadOnlyList<int>? bands = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (bands is not null && bands.Count != count)
            throw new ArgumentException($"There are {bands.Count} bands for {count} rows.", nameof(bands));
        (_seed, Count, _bands) = (seed, count, bands);
    }

    /// <summary>Number of rows per epoch.</summary>
    public int Count { get; }

    /// <summary>Returns the epoch of a position, from 0.</summary>
    public long GetEpoch(long position) => position / Count;

    /// <summary>Returns the row at a position, 0 … <see cref="Count"/> − 1.</summary>
    /// <param name="position">Number of rows read before it since the beginning of the run.</param>
    public int GetRow(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return GetRows(GetEpoch(position))[(int)(position % Count)];
    }

    /// <summary>Returns the rows of an epoch in order.</summary>
    public IReadOnlyList<int> GetRows(long epoch)
    {
        if (_last is { } last && last.Epoch == epoch) return last.Rows;
        var rows = new int[Count];
        for (var i = 0; i < Count; i++) rows[i] = i;
        for (var i = Count - 1; i > 0; i--)
        {
            var j = (int)CounterRandom.GetInt64(_seed, epoch, i, i + 1L);
            (rows[i], rows[j]) = (rows[j], rows[i]);
        }
        // A stable sort of a uniform order is a uniform order of every band.
        if (_bands is not null) rows = [.. rows.OrderBy(row => _bands[row])];
        _last = new(epoch, rows);
        return rows;
    }

    // Only the current epoch is cached. If several threads compute it at once, the results are equal.
    private sealed record Permutation(long Epoch, int[] Rows);
}
