namespace TurkishLlm.Spec.Oracles;

/// <summary>Positions of windows and orders of rows, from the published algorithms.</summary>
/// <remarks>
/// Source: Salmon et al. 2011 (counters in place of state), Steele et al. 2014 (SplitMix64), Lemire 2019, arXiv:1805.10941
/// (numbers below a range), Durstenfeld 1964 (shuffle).
/// </remarks>
public static class RowOrderOracle
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Draws a number below a range for a seed, a counter and a stream.</summary>
    public static long Draw(long seed, long counter, long stream, long range)
    {
        var key = Mix(Mix(Mix(unchecked((ulong)seed + Golden)) + Times(counter)) + Times(stream));
        for (var attempt = 1L; ; attempt++)
        {
            var product = (UInt128)Mix(key + Times(attempt)) * (ulong)range;
            // Lemire's rejection: the low half must not be below 2⁶⁴ mod range.
            if ((ulong)product >= (ulong)((UInt128.One << 64) % (ulong)range)) return (long)(product >> 64);
        }
    }

    /// <summary>Returns the order of the rows of an epoch.</summary>
    public static int[] Shuffle(long seed, long epoch, int rows)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        for (var i = rows - 1; i > 0; i--)
        {
            var j = (int)Draw(seed, epoch, i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    private static ulong Times(long count) => unchecked((ulong)count * Golden);

    private static ulong Mix(ulong state)
    {
        unchecked
        {
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
            return state ^ (state >> 31);
        }
    }
}
