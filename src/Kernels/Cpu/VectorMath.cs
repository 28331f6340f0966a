using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Elementary functions on vectors of sixteen numbers.</summary>
internal static class VectorMath
{
    /// <summary>Number of elements of a vector.</summary>
    public const int Lanes = 16;

    /// <summary>Size of a vector, in bytes.</summary>
    public const int Bytes = 64;

    /// <summary>
    /// Returns a distance between rows of at least that many numbers. Rows at distances of powers of two would compete for a few
    /// cache sets.
    /// </summary>
    public static int GetPaddedStride(int count)
    {
        var whole = (count + Lanes - 1) / Lanes * Lanes;
        return whole % (8 * Lanes) == 0 ? whole + Lanes : whole;
    }

    /// <summary>Computes e^x to about one unit in the last place; 0 below −87.3, NaN for NaN.</summary>
    /// <remarks>Source: Moshier, Cephes mathematical library, expf.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var lowest = Vector512.Create(-87.336548f);
        var clamped = Vector512.MinNative(Vector512.MaxNative(x, lowest), Vector512.Create(88.376259f));
        var n = Vector512.Round(clamped * Vector512.Create(1.44269504088896341f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var power = ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
        // NaN is neither below the bound nor equal to itself.
        var value = Vector512.AndNot(p * power, Vector512.LessThan(x, lowest));
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), value, x);
    }

    /// <summary>Computes 1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>Computes e^x of one number, with the same algorithm.</summary>
    public static float Exp(float x) => Exp(Vector512.Create(x)).ToScalar();

    /// <summary>
    /// Rounds to bfloat16, to nearest with ties to even; the bits are in the upper half of each number. Not for NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> RoundToBFloat16(Vector512<float> x)
    {
        var bits = x.AsUInt32();
        return bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512<uint>.One);
    }

    /// <summary>Replaces NaN by one that is still NaN after rounding; keeps other numbers.</summary>
    public static Vector512<float> QuietNaN(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, x), x, Vector512.Create(0x7fc00000u).AsSingle());

    /// <summary>Computes to = factor · from.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Scale(float* from, float factor, float* to, int count)
    {
        var i = 0;
        for (; i + Lanes <= count; i += Lanes) (Vector512.Load(from + i) * factor).Store(to + i);
        for (; i < count; i++) to[i] = from[i] * factor;
    }

    /// <summary>Computes to += factor · from.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static unsafe void AddScaled(float* to, float* from, float factor, int count)
    {
        var i = 0;
        for (; i + Lanes <= count; i += Lanes) (Vector512.Load(to + i) + Vector512.Load(from + i) * factor).Store(to + i);
        for (; i < count; i++) to[i] += from[i] * factor;
    }

    /// <summary>Computes Σ x·y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static unsafe float Dot(float* x, float* y, int count)
    {
        var sums = Vector512<float>.Zero;
        var i = 0;
        for (; i + Lanes <= count; i += Lanes)
            sums = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sums);
        var sum = Vector512.Sum(sums);
        for (; i < count; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>Converts a number to the bits of bfloat16.</summary>
    public static ushort ToBFloat16Bits(float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Converts the bits of bfloat16 to a number.</summary>
    public static float FromBFloat16Bits(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
