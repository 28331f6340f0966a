using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Matrix products in C#, four rows and thirty-two columns at a time.</summary>
internal static unsafe class ManagedGemm
{
    private const int Rows = 4, Columns = 2 * VectorMath.Lanes;

    /// <summary>Computes c = a·b or c += a·b.</summary>
    /// <inheritdoc cref="IGemm{T}.Multiply"/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        int m, int n, int k, float* a, int aStride, float* b, int bStride, float* c, int cStride, bool add)
    {
        var wholeRows = m / Rows * Rows;
        var wholeColumns = n / Columns * Columns;
        for (var column = 0; column < wholeColumns; column += Columns)
            for (var row = 0; row < wholeRows; row += Rows)
                MultiplyBlock(
                    k, a + (long)row * aStride, aStride, b + column, bStride, c + (long)row * cStride + column, cStride, add);
        MultiplyRemainder(0, wholeRows, wholeColumns, n, k, a, aStride, b, bStride, c, cStride, add);
        MultiplyRemainder(wholeRows, m, 0, n, k, a, aStride, b, bStride, c, cStride, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyBlock(int k, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool add)
    {
        Vector512<float> s00, s01, s10, s11, s20, s21, s30, s31;
        s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = Vector512<float>.Zero;
        for (var l = 0; l < k; l++, b += bStride)
        {
            Vector512<float> left = Vector512.Load(b), right = Vector512.Load(b + VectorMath.Lanes);
            var x0 = Vector512.Create(a[l]);
            var x1 = Vector512.Create(a[aStride + l]);
            var x2 = Vector512.Create(a[2 * aStride + l]);
            var x3 = Vector512.Create(a[3 * aStride + l]);
            (s00, s01) = (Vector512.FusedMultiplyAdd(x0, left, s00), Vector512.FusedMultiplyAdd(x0, right, s01));
            (s10, s11) = (Vector512.FusedMultiplyAdd(x1, left, s10), Vector512.FusedMultiplyAdd(x1, right, s11));
            (s20, s21) = (Vector512.FusedMultiplyAdd(x2, left, s20), Vector512.FusedMultiplyAdd(x2, right, s21));
            (s30, s31) = (Vector512.FusedMultiplyAdd(x3, left, s30), Vector512.FusedMultiplyAdd(x3, right, s31));
        }
        StoreBlock(c, s00, s01, add);
        StoreBlock(c + cStride, s10, s11, add);
        StoreBlock(c + 2 * cStride, s20, s21, add);
        StoreBlock(c + 3 * cStride, s30, s31, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBlock(float* to, Vector512<float> left, Vector512<float> right, bool add)
    {
        (add ? left + Vector512.Load(to) : left).Store(to);
        (add ? right + Vector512.Load(to + VectorMath.Lanes) : right).Store(to + VectorMath.Lanes);
    }

    private static void MultiplyRemainder(
        int firstRow, int rows, int firstColumn, int columns, int k,
        float* a, long aStride, float* b, long bStride, float* c, long cStride, bool add)
    {
        for (var row = firstRow; row < rows; row++)
            for (var column = firstColumn; column < columns; column++)
            {
                float sum = 0;
                for (var l = 0; l < k; l++) sum = MathF.FusedMultiplyAdd(a[row * aStride + l], b[l * bStride + column], sum);
                c[row * cStride + column] = add ? c[row * cStride + column] + sum : sum;
            }
    }
}
