namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>
/// Random numbers that are a function of (seed, counter, stream), and the orders of rows that follow from them.
/// </summary>
/// <remarks>
/// With G the odd number nearest to 2⁶⁴ ÷ golden ratio and mix the output function of SplitMix64:
/// key = mix(mix(mix(seed + G) + counter·G) + stream·G); the n-th draw, n = 1, 2 …, is mix(key + n·G). A draw x becomes a number
/// below R as the high 64 bits of x·R, unless the low 64 bits are below 2⁶⁴ mod R; then the next draw is taken.
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; Steele, Lea &amp; Flood 2014, section 3;
/// Lemire 2019, arXiv:1805.10941, algorithm 5; Durstenfeld 1964, algorithm 235 (the shuffle).
/// </remarks>
public static class CounterOracle
{
    private const ulong Golden = 11400714819323198485;

    /// <summary>The output function of SplitMix64.</summary>
    public static ulong Mix(ulong z)
    {
        unchecked
        {
            z ^= z >> 30;
            z *= 13787848793156543929;
            z ^= z >> 27;
            z *= 10723151780598845931;
            return z ^ (z >> 31);
        }
    }

    /// <summary>A uniformly distributed number, 0 … <paramref name="range"/> − 1.</summary>
    public static long Draw(long seed, long counter, long stream, long range)
    {
        unchecked
        {
            var key = Mix(Mix(Mix((ulong)seed + Golden) + (ulong)counter * Golden) + (ulong)stream * Golden);
            var rejected = (UInt128.One << 64) % (ulong)range;
            for (ulong n = 1; ; n++)
            {
                var product = (UInt128)Mix(key + n * Golden) * (ulong)range;
                if ((product & ulong.MaxValue) >= rejected) return (long)(product >> 64);
            }
        }
    }

    /// <summary>The rows of an epoch: from the last place to the second, each is exchanged with one up to itself.</summary>
    public static int[] Shuffle(long seed, long epoch, int count)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        for (var place = count; place-- > 1;)
        {
            var other = Draw(seed, epoch, place, place + 1);
            (rows[place], rows[other]) = (rows[other], rows[place]);
        }
        return rows;
    }
}
