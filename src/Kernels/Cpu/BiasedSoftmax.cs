using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>The exponentials of the scores of one query, with the bias of its head.</summary>
internal static unsafe class BiasedSoftmax
{
    /// <summary>
    /// Replaces the scores of some keys by e^(scaled score − bias − maximum), and those of all other keys by zero.
    /// </summary>
    /// <param name="row">Scores of all keys; room for a whole number of vectors.</param>
    /// <param name="begin">First key of the query.</param>
    /// <param name="end">Its own position plus one.</param>
    /// <param name="keys">Number of keys.</param>
    /// <param name="scale">Factor of each score.</param>
    /// <param name="slope">Bias per position of distance.</param>
    /// <param name="highest">Receives the largest biased score.</param>
    /// <returns>The sum of the exponentials.</returns>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static float Apply(float* row, int begin, int end, int keys, float scale, float slope, out float highest)
    {
        int first = begin / VectorMath.Lanes * VectorMath.Lanes, last = first;
        var (negativeSlope, scales) = (Vector512.Create(-slope), Vector512.Create(scale));
        var (distance, most) = (Vector512.CreateSequence(end - 1f - first, -1), Vector512.Create(float.NegativeInfinity));
        for (; last < end; last += VectorMath.Lanes)
        {
            var score = Vector512.FusedMultiplyAdd(negativeSlope, distance, Vector512.Load(row + last) * scales);
            // Only the first and the last of these vectors extend beyond the keys.
            if (last < begin || last + VectorMath.Lanes > end) score = MaskOutside(score, last, begin, end);
            score.Store(row + last);
            most = Vector512.MaxNative(most, score);
            distance -= Vector512.Create((float)VectorMath.Lanes);
        }
        highest = float.NegativeInfinity;
        for (var lane = 0; lane < VectorMath.Lanes; lane++) highest = MathF.Max(highest, most[lane]);
        var (highests, sums) = (Vector512.Create(highest), Vector512<float>.Zero);
        for (var j = first; j < last; j += VectorMath.Lanes)
        {
            var weight = VectorMath.Exp(Vector512.Load(row + j) - highests);
            weight.Store(row + j);
            sums += weight;
        }
        if (first > 0) new Span<float>(row, first).Clear();
        if (last < keys) new Span<float>(row + last, keys - last).Clear();
        return Vector512.Sum(sums);
    }

    // Scores of keys outside the range become −∞.
    private static Vector512<float> MaskOutside(Vector512<float> score, int first, int begin, int end)
    {
        var key = Vector512.CreateSequence(first, 1);
        var seen = Vector512.GreaterThanOrEqual(key, Vector512.Create(begin)) & Vector512.LessThan(key, Vector512.Create(end));
        return Vector512.ConditionalSelect(seen.AsSingle(), score, Vector512.Create(float.NegativeInfinity));
    }
}
