using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TurkishLlm.Kernels;

/// <summary>Sums over the tokens of a tile of logits, <c>[tokens, rows]</c>, for all of its rows at once.</summary>
internal static unsafe class HeadTile
{
    /// <summary>An exponential may grow by this power of e over the first tile's highest logit before its row is rescaled.</summary>
    public const float Headroom = 60;

    /// <summary>The highest logit of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Highest(float* logits, int tokens, int rows, float* highest)
    {
        var r = 0;
        for (; r + VectorMath.Lanes <= rows; r += VectorMath.Lanes)
        {
            var most = Vector512.Load(logits + r);
            for (var token = 1; token < tokens; token++) most = Vector512.MaxNative(most, Vector512.Load(logits + (long)token * rows + r));
            most.Store(highest + r);
        }
        for (; r < rows; r++)
        {
            highest[r] = logits[r];
            for (var token = 1; token < tokens; token++) highest[r] = MathF.Max(highest[r], logits[(long)token * rows + r]);
        }
    }

    /// <summary>Replaces logits by e^(logit − reference), and gives their sum of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exponentials(float* logits, int tokens, int rows, float* references, float* sums)
    {
        var r = 0;
        for (; r + 2 * VectorMath.Lanes <= rows; r += 2 * VectorMath.Lanes)
        {
            Vector512<float> left = Vector512.Load(references + r), right = Vector512.Load(references + r + VectorMath.Lanes);
            Vector512<float> leftSum = Vector512<float>.Zero, rightSum = Vector512<float>.Zero;
            for (var token = 0; token < tokens; token++)
            {
                var at = logits + (long)token * rows + r;
                var (x, y) = (VectorMath.Exp(Vector512.Load(at) - left), VectorMath.Exp(Vector512.Load(at + VectorMath.Lanes) - right));
                x.Store(at);
                y.Store(at + VectorMath.Lanes);
                leftSum += x;
                rightSum += y;
            }
            leftSum.Store(sums + r);
            rightSum.Store(sums + r + VectorMath.Lanes);
        }
        for (; r < rows; r++)
        {
            sums[r] = 0;
            for (var token = 0; token < tokens; token++)
            {
                ref var logit = ref logits[(long)token * rows + r];
                logit = VectorMath.Exp(logit - references[r]);
                sums[r] += logit;
            }
        }
    }

    /// <summary>Σ share · gradient over the ranges of the vocabulary.</summary>
    /// <param name="gradients">Gradient of the first range, <c>[width, rows]</c>.</param>
    /// <param name="rangeStride">Distance between the gradients of ranges.</param>
    /// <param name="stride">Distance between rows of a gradient.</param>
    /// <param name="shares">What the first range counts for each row.</param>
    /// <param name="shareStride">Distance between the shares of ranges.</param>
    /// <param name="ranges">How many.</param>
    /// <param name="width">Rows of a gradient.</param>
    /// <param name="rows">Columns to join.</param>
    /// <param name="joined">Gets the sums, <c>[width, rows]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Join(
        float* gradients, long rangeStride, long stride, float* shares, long shareStride, int ranges, int width, int rows, float* joined)
    {
        for (var i = 0; i < width; i++)
        {
            var r = 0;
            for (; r + VectorMath.Lanes <= rows; r += VectorMath.Lanes)
            {
                var sum = Vector512<float>.Zero;
                for (var range = 0; range < ranges; range++)
                    sum += Vector512.Load(shares + range * shareStride + r) * Vector512.Load(gradients + range * rangeStride + i * stride + r);
                sum.Store(joined + (long)i * rows + r);
            }
            for (; r < rows; r++)
            {
                float sum = 0;
                for (var range = 0; range < ranges; range++) sum += shares[range * shareStride + r] * gradients[range * rangeStride + i * stride + r];
                joined[(long)i * rows + r] = sum;
            }
        }
    }
}
