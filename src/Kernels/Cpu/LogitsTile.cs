using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Reductions over the tokens of a tile of logits, <c>[tokens, rows]</c>, for all rows at once.</summary>
internal static unsafe class LogitsTile
{
    /// <summary>
    /// Largest exponent of e by which a logit may exceed the reference of its row before the row is rescaled.
    /// </summary>
    public const float Headroom = 60;

    /// <summary>Computes the maximum of each row.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ComputeRowMax(float* logits, int tokens, int rows, float* highest)
    {
        var r = 0;
        for (; r + VectorMath.Lanes <= rows; r += VectorMath.Lanes)
        {
            var most = Vector512.Load(logits + r);
            for (var token = 1; token < tokens; token++)
                most = Vector512.MaxNative(most, Vector512.Load(logits + (long)token * rows + r));
            most.Store(highest + r);
        }
        for (; r < rows; r++)
        {
            highest[r] = logits[r];
            for (var token = 1; token < tokens; token++) highest[r] = MathF.Max(highest[r], logits[(long)token * rows + r]);
        }
    }

    /// <summary>Replaces logits by e^(logit − reference), and computes the sum of each row.</summary>
    /// <remarks>The copy bypasses the cache, because it is read only after the whole vocabulary.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ExpAndSum(float* logits, int tokens, int rows, float* references, float* sums, float* left)
    {
        var past = left is not null && rows % VectorMath.Lanes == 0 && (nuint)left % VectorMath.Bytes == 0;
        var r = 0;
        for (; r + 2 * VectorMath.Lanes <= rows; r += 2 * VectorMath.Lanes)
        {
            Vector512<float> reference = Vector512.Load(references + r),
                nextReference = Vector512.Load(references + r + VectorMath.Lanes);
            Vector512<float> sum = Vector512<float>.Zero, nextSum = Vector512<float>.Zero;
            for (var token = 0; token < tokens; token++)
            {
                var at = (long)token * rows + r;
                var (x, y) = (
                    VectorMath.Exp(Vector512.Load(logits + at) - reference),
                    VectorMath.Exp(Vector512.Load(logits + at + VectorMath.Lanes) - nextReference));
                x.Store(logits + at);
                y.Store(logits + at + VectorMath.Lanes);
                if (past)
                {
                    x.StoreAlignedNonTemporal(left + at);
                    y.StoreAlignedNonTemporal(left + at + VectorMath.Lanes);
                }
                sum += x;
                nextSum += y;
            }
            sum.Store(sums + r);
            nextSum.Store(sums + r + VectorMath.Lanes);
        }
        for (; r < rows; r++)
        {
            sums[r] = 0;
            for (var token = 0; token < tokens; token++)
            {
                var at = (long)token * rows + r;
                logits[at] = VectorMath.Exp(logits[at] - references[r]);
                if (past) left[at] = logits[at];
                sums[r] += logits[at];
            }
        }
        if (left is not null && !past) Float32Gemm.PackLeft(logits, (long)tokens * rows, left);
    }

    /// <summary>Does the same, rounded to bfloat16, two tokens at a time.</summary>
    /// <remarks>A NaN may round to a number, but the sum of its row is NaN, and so is the loss.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ExpAndSum(
        float* logits, int tokens, int rows, float* references, float* sums, ushort* left, RightOperand<ushort> right)
    {
        var pairs = (uint*)right.Pointer;
        var r = 0;
        for (; r + VectorMath.Lanes <= rows; r += VectorMath.Lanes)
        {
            var (reference, sum) = (Vector512.Load(references + r), Vector512<float>.Zero);
            for (var token = 0; token < tokens; token += 2)
            {
                var at = (long)token * rows + r;
                var x = VectorMath.Exp(Vector512.Load(logits + at) - reference);
                var y = token + 1 < tokens
                    ? VectorMath.Exp(Vector512.Load(logits + at + rows) - reference)
                    : Vector512<float>.Zero;
                sum += x + y;
                var (first, second) = (VectorMath.RoundToBFloat16(x), VectorMath.RoundToBFloat16(y));
                ((first >>> 16) | (second & Vector512.Create(0xffff0000u))).Store(pairs + (long)(token / 2) * rows + r);
                if (left is null) continue;
                var both = Vector512.Narrow(first >>> 16, second >>> 16);
                both.GetLower().Store(left + at);
                if (token + 1 < tokens) both.GetUpper().Store(left + at + rows);
            }
            sum.Store(sums + r);
        }
        for (; r < rows; r++)
        {
            sums[r] = 0;
            for (var token = 0; token < tokens; token++)
            {
                var at = (long)token * rows + r;
                var x = VectorMath.Exp(logits[at] - references[r]);
                sums[r] += x;
                ref var pair = ref pairs[(long)(token / 2) * rows + r];
                pair = token % 2 == 0 ? VectorMath.ToBFloat16Bits(x) : pair | (uint)VectorMath.ToBFloat16Bits(x) << 16;
                if (left is not null) left[at] = VectorMath.ToBFloat16Bits(x);
            }
        }
    }

    /// <summary>Computes Σ share · gradient over the ranges of the vocabulary.</summary>
    /// <param name="gradients">Gradient of the first range, <c>[width, rows]</c>.</param>
    /// <param name="rangeStride">Distance between the gradients of consecutive ranges.</param>
    /// <param name="stride">Distance between rows of a gradient.</param>
    /// <param name="shares">Share of the first range for each row.</param>
    /// <param name="shareStride">Distance between the shares of consecutive ranges.</param>
    /// <param name="ranges">Number of ranges.</param>
    /// <param name="width">Rows of a gradient.</param>
    /// <param name="rows">Number of columns.</param>
    /// <param name="joined">Receives the sums, <c>[width, rows]</c>.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void SumRanges(
        float* gradients, long rangeStride, long stride, float* shares, long shareStride,
        int ranges, int width, int rows, float* joined)
    {
        for (var i = 0; i < width; i++)
        {
            var r = 0;
            for (; r + VectorMath.Lanes <= rows; r += VectorMath.Lanes)
            {
                var sum = Vector512<float>.Zero;
                for (var range = 0; range < ranges; range++)
                    sum += Vector512.Load(shares + range * shareStride + r)
                        * Vector512.Load(gradients + range * rangeStride + i * stride + r);
                sum.Store(joined + (long)i * rows + r);
            }
            for (; r < rows; r++)
            {
                float sum = 0;
                for (var range = 0; range < ranges; range++)
                    sum += shares[range * shareStride + r] * gradients[range * rangeStride + i * stride + r];
                joined[(long)i * rows + r] = sum;
            }
        }
    }
}
