using System.Runtime.CompilerServices;

namespace TurkishLlm.Kernels;

/// <summary>Products of float32 numbers, which are read where they are.</summary>
internal sealed unsafe class Float32Product : IProduct<float>
{
    private Float32Product()
    {
    }

    public static void Store(float* from, long count, float* to)
    {
        if (from != to) Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
    }

    public static void Transpose(float* from, int rows, int columns, int stride, float* to, int toStride) =>
        Transposition.Of((uint*)from, rows, columns, stride, (uint*)to, toStride);

    public static long RightSize(long k, long n) => k * VectorMath.Stride((int)n);

    public static RightOperand<float> Right(float* from, int k, int n, int stride, float* room) => new(from, stride);

    public static RightOperand<float> RightTransposed(float* from, int k, int n, int stride, float* room)
    {
        var own = VectorMath.Stride(n);
        Transpose(from, n, k, stride, room, own);
        return new(room, own);
    }

    public static RightOperand<float> FromColumn(RightOperand<float> operand, int column) =>
        new(operand.Pointer + column, operand.Stride);

    public static void StorePair(float* first, float* second, int pair, RightOperand<float> to)
    {
        Store(first, to.Stride, to.Pointer + 2L * pair * to.Stride);
        if (second is not null) Store(second, to.Stride, to.Pointer + (2L * pair + 1) * to.Stride);
    }

    public static void Exponentials(
        float* logits, int tokens, int rows, float* references, float* sums, float* left, RightOperand<float> right) =>
        HeadTile.Exponentials(logits, tokens, rows, references, sums, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(
        int m, int n, int k, float* a, int aStride, RightOperand<float> b, float* c, int cStride, bool add) =>
        MatrixLibrary.Multiply(m, n, k, a, aStride, b.Pointer, b.Stride, c, cStride, add);
}
