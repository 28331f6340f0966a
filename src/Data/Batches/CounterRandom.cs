namespace TurkishLlm.Data.Batches;

/// <summary>
/// Counter-based random numbers for the positions of training windows: a pure function of seed, data step and row. Without state,
/// a resumed run reads the same windows, regardless of the micro-batch size and the number of threads.
/// </summary>
/// <remarks>
/// Spec: DAT-13, DAT-30, DAT-31. Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (counters instead of
/// state); mixing: Steele et al. 2014, SplitMix64; range: Lemire 2019, "Fast random integer generation in an interval" (exactly
/// uniform).
/// </remarks>
public static class CounterRandom
{
    /// <summary>Returns a uniformly distributed number from 0 to <paramref name="range"/> − 1.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="counter">Data step.</param>
    /// <param name="stream">Row within the step, counted over all micro-batches and ranks.</param>
    /// <param name="range">Number of positions; greater than 0.</param>
    public static long GetInt64(long seed, long counter, int stream, long range)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(range);
        var key = SplitMix64.Mix(SplitMix64.Mix((ulong)seed + SplitMix64.Increment) + (ulong)counter * SplitMix64.Increment);
        key = SplitMix64.Mix(key + (ulong)stream * SplitMix64.Increment);
        var biased = (0 - (ulong)range) % (ulong)range;      // 2^64 mod range: low halves below it would occur once too often
        for (ulong attempt = 1; ; attempt++)
        {
            var high = Math.BigMul(SplitMix64.Mix(key + attempt * SplitMix64.Increment), (ulong)range, out var low);
            if (low >= biased) return (long)high;
        }
    }
}
