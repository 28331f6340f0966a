namespace TurkishLlm.Data.Batches;

/// <summary>The mixing function of SplitMix64, for hashes and counter-based random numbers.</summary>
/// <remarks>Source: Steele, Lea &amp; Flood 2014, "Fast splittable pseudorandom number generators".</remarks>
public static class SplitMix64
{
    /// <summary>The increment of the generator's state: 2⁶⁴ divided by the golden ratio, rounded to an odd number.</summary>
    public const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>Mixes a value: a bijection in which every bit of the result depends on all bits of the argument.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
