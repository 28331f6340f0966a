using System.Runtime.CompilerServices;

namespace TurkishLlm.Kernels.Packed;

/// <summary>Sums of values with the weights of several queries, in ascending order of the keys.</summary>
internal static unsafe class WeightedSum<TVector, TLanes>
    where TVector : struct
    where TLanes : ILanes<TVector>
{
    /// <summary>Computes the sums.</summary>
    /// <param name="values"><c>[keys, width]</c></param>
    /// <param name="width">Width of a value; a multiple of two vectors.</param>
    /// <param name="keys">Number of keys.</param>
    /// <param name="weights"><c>[count, keys]</c></param>
    /// <param name="weightStride">Distance between the rows of <paramref name="weights"/>.</param>
    /// <param name="count">Number of queries.</param>
    /// <param name="sums"><c>[count, width]</c></param>
    public static void Compute(float* values, int width, int keys, float* weights, int weightStride, int count, float* sums)
    {
        for (var column = 0; column < width; column += 2 * TLanes.Count)
        {
            float* from = values + column, to = sums + column, weight = weights;
            var row = 0;
            for (; row + 4 <= count; row += 4, weight += 4L * weightStride, to += 4L * width)
                SumFour(from, width, keys, weight, weightStride, to);
            for (; row < count; row++, weight += weightStride, to += width) SumOne(from, width, keys, weight, to);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void SumOne(float* value, int width, int keys, float* weights, float* sums)
    {
        TVector s0 = default, s1 = default;
        for (var key = 0; key < keys; key++, value += width)
        {
            var weight = TLanes.Broadcast(weights[key]);
            s0 = TLanes.MultiplyAdd(TLanes.Load(value), weight, s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(value + TLanes.Count), weight, s1);
        }
        Store(sums, s0, s1);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void SumFour(float* value, int width, int keys, float* weights, long weightStride, float* sums)
    {
        TVector s00 = default, s01 = default, s10 = default, s11 = default;
        TVector s20 = default, s21 = default, s30 = default, s31 = default;
        for (var key = 0; key < keys; key++, value += width)
        {
            TVector left = TLanes.Load(value), right = TLanes.Load(value + TLanes.Count);
            var weight = TLanes.Broadcast(weights[key]);
            (s00, s01) = (TLanes.MultiplyAdd(left, weight, s00), TLanes.MultiplyAdd(right, weight, s01));
            weight = TLanes.Broadcast(weights[weightStride + key]);
            (s10, s11) = (TLanes.MultiplyAdd(left, weight, s10), TLanes.MultiplyAdd(right, weight, s11));
            weight = TLanes.Broadcast(weights[2 * weightStride + key]);
            (s20, s21) = (TLanes.MultiplyAdd(left, weight, s20), TLanes.MultiplyAdd(right, weight, s21));
            weight = TLanes.Broadcast(weights[3 * weightStride + key]);
            (s30, s31) = (TLanes.MultiplyAdd(left, weight, s30), TLanes.MultiplyAdd(right, weight, s31));
        }
        Store(sums, s00, s01);
        Store(sums + width, s10, s11);
        Store(sums + 2 * width, s20, s21);
        Store(sums + 3 * width, s30, s31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* sums, TVector left, TVector right)
    {
        TLanes.Store(left, sums);
        TLanes.Store(right, sums + TLanes.Count);
    }
}
