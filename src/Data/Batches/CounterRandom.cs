namespace TurkishLlm.Data.Batches;

/// <summary>
/// Where a training window begins: a pure function of seed, step and row. No state, so a resumed run, another batch size
/// or another number of threads reads the same windows.
/// </summary>
/// <remarks>
/// Spec: DAT-13, DAT-30, DAT-31.
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (counters instead of state);
/// mixing: Steele et al. 2014, SplitMix64; range: Lemire 2019, "Fast random integer generation in an interval" (exactly uniform).
/// </remarks>
public static class CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>A number from 0 to <paramref name="range"/> − 1, each equally likely.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="counter">Step of the optimizer.</param>
    /// <param name="stream">Row within the step, counted through all its micro-batches and processes.</param>
    /// <param name="range">How many positions there are; above 0.</param>
    public static long GetInt64(long seed, long counter, int stream, long range)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(range);
        var key = Mix(Mix(Mix((ulong)seed + Golden) + (ulong)counter * Golden) + (ulong)stream * Golden);
        var unfair = (0 - (ulong)range) % (ulong)range;      // 2^64 mod range: low halves below it occur once too often
        for (ulong attempt = 1; ; attempt++)
        {
            var high = Math.BigMul(Mix(key + attempt * Golden), (ulong)range, out var low);
            if (low >= unfair) return (long)high;
        }
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
