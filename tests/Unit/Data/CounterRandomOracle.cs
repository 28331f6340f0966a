using System.Numerics;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>The generator of window positions in arbitrary-precision integers, from the published SplitMix64.</summary>
internal static class CounterRandomOracle
{
    private static readonly BigInteger Modulus = BigInteger.One << 64;
    private static readonly BigInteger Golden = BigInteger.Parse(
        "11400714819323198485", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The first 64-bit number for (seed, step, row).</summary>
    public static BigInteger Draw(long seed, long step, int row)
    {
        var key = Next(seed, 1);
        key = Next(key, step);
        key = Next(key, row);
        return Next(key, 1);
    }

    private static BigInteger Next(BigInteger state, BigInteger increments)
    {
        var z = (state + increments * Golden) % Modulus;
        z =
            (z ^ (z >> 30))
            * BigInteger.Parse("13787848793156543929", System.Globalization.CultureInfo.InvariantCulture)
            % Modulus;
        z =
            (z ^ (z >> 27))
            * BigInteger.Parse("10723151780598845931", System.Globalization.CultureInfo.InvariantCulture)
            % Modulus;
        return z ^ (z >> 31);
    }
}
