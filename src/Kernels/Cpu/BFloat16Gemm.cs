using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Matrix products of bfloat16 numbers. In the right operand, rows 2i and 2i + 1 are interleaved number by number, as the CPU
/// instructions require; an odd last row is paired with zeros.
/// </summary>
internal sealed unsafe class BFloat16Gemm : IGemm<ushort>
{
    private BFloat16Gemm()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void PackLeft(float* from, long count, ushort* to)
    {
        long i = 0;
        for (; i + 2 * VectorMath.Lanes <= count; i += 2 * VectorMath.Lanes)
        {
            Vector512<float> x = Vector512.Load(from + i), y = Vector512.Load(from + i + VectorMath.Lanes);
            if (!Vector512.EqualsAll(x, x) || !Vector512.EqualsAll(y, y))
                (x, y) = (VectorMath.QuietNaN(x), VectorMath.QuietNaN(y));
            Vector512.Narrow(VectorMath.RoundToBFloat16(x) >>> 16, VectorMath.RoundToBFloat16(y) >>> 16).Store(to + i);
        }
        for (; i < count; i++) to[i] = VectorMath.ToBFloat16Bits(from[i]);
    }

    public static void Transpose(ushort* from, int rows, int columns, int stride, ushort* to, int toStride) =>
        MatrixTranspose.Transpose(from, rows, columns, stride, to, toStride);

    public static long GetPackedRightSize(long k, long n) => (k + 1) / 2 * 2 * VectorMath.GetPaddedStride((int)n);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static RightOperand<ushort> PackRight(ushort* from, int k, int n, int stride, ushort* buffer)
    {
        for (var row = 0; row < k; row += 2)
        {
            ushort* first = from + (long)row * stride, second = row + 1 < k ? first + stride : null;
            var to = (uint*)(buffer + (long)row * n);
            var column = 0;
            for (; second is not null && column + VectorMath.Lanes <= n; column += VectorMath.Lanes)
            {
                var low = Vector512.WidenLower(Vector256.Load(first + column).ToVector512Unsafe());
                var high = Vector512.WidenLower(Vector256.Load(second + column).ToVector512Unsafe());
                (low | (high << 16)).Store(to + column);
            }
            for (; column < n; column++) to[column] = first[column] | (second is null ? 0 : (uint)second[column] << 16);
        }
        return new(buffer, n);
    }

    // Pairs of numbers stay together, so this is a transposition of pairs.
    public static RightOperand<ushort> PackRightTransposed(ushort* from, int k, int n, int stride, ushort* buffer)
    {
        var own = VectorMath.GetPaddedStride(n);
        if (k % 2 == 0 && stride % 2 == 0)
        {
            MatrixTranspose.Transpose((uint*)from, n, k / 2, stride / 2, (uint*)buffer, own);
            return new(buffer, own);
        }
        for (var row = 0; row < k; row++)
            for (var column = 0; column < n; column++)
                buffer[(row / 2 * (long)own + column) * 2 + row % 2] = from[(long)column * stride + row];
        if (k % 2 == 1)
            for (var column = 0; column < n; column++) buffer[(k / 2 * (long)own + column) * 2 + 1] = 0;
        return new(buffer, own);
    }

    public static RightOperand<ushort> SliceColumns(RightOperand<ushort> operand, int column) =>
        new(operand.Pointer + 2 * column, operand.Stride);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void PackRightRowPair(float* first, float* second, int pair, RightOperand<ushort> to)
    {
        var pairs = (uint*)(to.Pointer + 2L * pair * to.Stride);
        var column = 0;
        for (; second is not null && column + VectorMath.Lanes <= to.Stride; column += VectorMath.Lanes)
        {
            Vector512<float> x = Vector512.Load(first + column), y = Vector512.Load(second + column);
            if (!Vector512.EqualsAll(x, x) || !Vector512.EqualsAll(y, y))
                (x, y) = (VectorMath.QuietNaN(x), VectorMath.QuietNaN(y));
            ((VectorMath.RoundToBFloat16(x) >>> 16) | (VectorMath.RoundToBFloat16(y) & Vector512.Create(0xffff0000u)))
                .Store(pairs + column);
        }
        for (; column < to.Stride; column++)
            pairs[column] =
                VectorMath.ToBFloat16Bits(first[column])
                | (second is null ? 0 : (uint)VectorMath.ToBFloat16Bits(second[column]) << 16);
    }

    public static void ExpAndSum(
        float* logits, int tokens, int rows, float* references, float* sums, ushort* left, RightOperand<ushort> right) =>
        LogitsTile.ExpAndSum(logits, tokens, rows, references, sums, left, right);

    public static void Multiply(
        int m, int n, int k, ushort* a, int aStride, RightOperand<ushort> b, float* c, int cStride, bool add)
    {
        if (!BlasLibrary.HasBFloat16)
        {
            MultiplyAsFloat32(m, n, k, a, aStride, b, c, cStride, add);
            return;
        }
        // The instructions take pairs; the odd last column of a is multiplied with the last row of b separately.
        if (k > 1) BlasLibrary.Multiply(m, n, k / 2 * 2, a, aStride, b.Pointer, b.Stride, c, cStride, add);
        if (k % 2 == 0) return;
        var row = b.Pointer + (long)(k - 1) * b.Stride;
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                var last = VectorMath.FromBFloat16Bits(a[(long)i * aStride + k - 1]) * VectorMath.FromBFloat16Bits(row[2 * j]);
                c[(long)i * cStride + j] = add || k > 1 ? c[(long)i * cStride + j] + last : last;
            }
    }

    // If the CPU does not multiply bfloat16, float32 gives the same result: a product of two bfloat16 numbers is exact in it.
    private static void MultiplyAsFloat32(
        int m, int n, int k, ushort* a, int aStride, RightOperand<ushort> b, float* c, int cStride, bool add)
    {
        using var left = new NativeBuffer<float>((long)m * k);
        using var right = new NativeBuffer<float>((long)k * n);
        for (var i = 0; i < m; i++)
            for (var l = 0; l < k; l++) left.Pointer[(long)i * k + l] = VectorMath.FromBFloat16Bits(a[(long)i * aStride + l]);
        for (var l = 0; l < k; l++)
            for (var j = 0; j < n; j++)
                right.Pointer[(long)l * n + j] = VectorMath.FromBFloat16Bits(b.Pointer[(l / 2 * (long)b.Stride + j) * 2 + l % 2]);
        BlasLibrary.Multiply(m, n, k, left.Pointer, k, right.Pointer, n, c, cStride, add);
    }
}
