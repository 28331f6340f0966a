using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Transposes matrices, eight rows and eight columns at a time.</summary>
internal static unsafe class MatrixTranspose
{
    private const int BlockSize = 8;

    /// <summary>Transposes a matrix of 32-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(uint* from, int rows, int columns, int stride, uint* to, int toStride)
    {
        int wholeRows = Avx.IsSupported ? rows / BlockSize * BlockSize : 0, wholeColumns = columns / BlockSize * BlockSize;
        for (var row = 0; row < wholeRows; row += BlockSize)
            for (var column = 0; column < wholeColumns; column += BlockSize)
                TransposeBlock(
                    (float*)from + (long)row * stride + column, stride, (float*)to + (long)column * toStride + row, toStride);
        TransposeScalar(from, 0, wholeRows, wholeColumns, columns, stride, to, toStride);
        TransposeScalar(from, wholeRows, rows, 0, columns, stride, to, toStride);
    }

    /// <summary>Transposes a matrix of 16-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(ushort* from, int rows, int columns, int stride, ushort* to, int toStride)
    {
        int wholeRows = Sse2.IsSupported ? rows / BlockSize * BlockSize : 0, wholeColumns = columns / BlockSize * BlockSize;
        for (var row = 0; row < wholeRows; row += BlockSize)
            for (var column = 0; column < wholeColumns; column += BlockSize)
                TransposeBlock(from + (long)row * stride + column, stride, to + (long)column * toStride + row, toStride);
        TransposeScalar(from, 0, wholeRows, wholeColumns, columns, stride, to, toStride);
        TransposeScalar(from, wholeRows, rows, 0, columns, stride, to, toStride);
    }

    private static void TransposeScalar<T>(
        T* from, int firstRow, int rows, int firstColumn, int columns, int stride, T* to, int toStride)
        where T : unmanaged
    {
        for (var row = firstRow; row < rows; row++)
            for (var column = firstColumn; column < columns; column++)
                to[(long)column * toStride + row] = from[(long)row * stride + column];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBlock(float* from, long stride, float* to, long toStride)
    {
        var r0 = Avx.LoadVector256(from);
        var r1 = Avx.LoadVector256(from + stride);
        var r2 = Avx.LoadVector256(from + 2 * stride);
        var r3 = Avx.LoadVector256(from + 3 * stride);
        var r4 = Avx.LoadVector256(from + 4 * stride);
        var r5 = Avx.LoadVector256(from + 5 * stride);
        var r6 = Avx.LoadVector256(from + 6 * stride);
        var r7 = Avx.LoadVector256(from + 7 * stride);
        var (t0, t1) = (Avx.UnpackLow(r0, r1), Avx.UnpackHigh(r0, r1));
        var (t2, t3) = (Avx.UnpackLow(r2, r3), Avx.UnpackHigh(r2, r3));
        var (t4, t5) = (Avx.UnpackLow(r4, r5), Avx.UnpackHigh(r4, r5));
        var (t6, t7) = (Avx.UnpackLow(r6, r7), Avx.UnpackHigh(r6, r7));
        var (u0, u1) = (Avx.Shuffle(t0, t2, 0x44), Avx.Shuffle(t0, t2, 0xee));
        var (u2, u3) = (Avx.Shuffle(t1, t3, 0x44), Avx.Shuffle(t1, t3, 0xee));
        var (u4, u5) = (Avx.Shuffle(t4, t6, 0x44), Avx.Shuffle(t4, t6, 0xee));
        var (u6, u7) = (Avx.Shuffle(t5, t7, 0x44), Avx.Shuffle(t5, t7, 0xee));
        Avx.Store(to, Avx.Permute2x128(u0, u4, 0x20));
        Avx.Store(to + toStride, Avx.Permute2x128(u1, u5, 0x20));
        Avx.Store(to + 2 * toStride, Avx.Permute2x128(u2, u6, 0x20));
        Avx.Store(to + 3 * toStride, Avx.Permute2x128(u3, u7, 0x20));
        Avx.Store(to + 4 * toStride, Avx.Permute2x128(u0, u4, 0x31));
        Avx.Store(to + 5 * toStride, Avx.Permute2x128(u1, u5, 0x31));
        Avx.Store(to + 6 * toStride, Avx.Permute2x128(u2, u6, 0x31));
        Avx.Store(to + 7 * toStride, Avx.Permute2x128(u3, u7, 0x31));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBlock(ushort* from, long stride, ushort* to, long toStride)
    {
        var r0 = Sse2.LoadVector128(from);
        var r1 = Sse2.LoadVector128(from + stride);
        var r2 = Sse2.LoadVector128(from + 2 * stride);
        var r3 = Sse2.LoadVector128(from + 3 * stride);
        var r4 = Sse2.LoadVector128(from + 4 * stride);
        var r5 = Sse2.LoadVector128(from + 5 * stride);
        var r6 = Sse2.LoadVector128(from + 6 * stride);
        var r7 = Sse2.LoadVector128(from + 7 * stride);
        var (t0, t1) = (Sse2.UnpackLow(r0, r1).AsUInt32(), Sse2.UnpackHigh(r0, r1).AsUInt32());
        var (t2, t3) = (Sse2.UnpackLow(r2, r3).AsUInt32(), Sse2.UnpackHigh(r2, r3).AsUInt32());
        var (t4, t5) = (Sse2.UnpackLow(r4, r5).AsUInt32(), Sse2.UnpackHigh(r4, r5).AsUInt32());
        var (t6, t7) = (Sse2.UnpackLow(r6, r7).AsUInt32(), Sse2.UnpackHigh(r6, r7).AsUInt32());
        var (u0, u1) = (Sse2.UnpackLow(t0, t2).AsUInt64(), Sse2.UnpackHigh(t0, t2).AsUInt64());
        var (u2, u3) = (Sse2.UnpackLow(t1, t3).AsUInt64(), Sse2.UnpackHigh(t1, t3).AsUInt64());
        var (u4, u5) = (Sse2.UnpackLow(t4, t6).AsUInt64(), Sse2.UnpackHigh(t4, t6).AsUInt64());
        var (u6, u7) = (Sse2.UnpackLow(t5, t7).AsUInt64(), Sse2.UnpackHigh(t5, t7).AsUInt64());
        Sse2.Store(to, Sse2.UnpackLow(u0, u4).AsUInt16());
        Sse2.Store(to + toStride, Sse2.UnpackHigh(u0, u4).AsUInt16());
        Sse2.Store(to + 2 * toStride, Sse2.UnpackLow(u1, u5).AsUInt16());
        Sse2.Store(to + 3 * toStride, Sse2.UnpackHigh(u1, u5).AsUInt16());
        Sse2.Store(to + 4 * toStride, Sse2.UnpackLow(u2, u6).AsUInt16());
        Sse2.Store(to + 5 * toStride, Sse2.UnpackHigh(u2, u6).AsUInt16());
        Sse2.Store(to + 6 * toStride, Sse2.UnpackLow(u3, u7).AsUInt16());
        Sse2.Store(to + 7 * toStride, Sse2.UnpackHigh(u3, u7).AsUInt16());
    }
}
