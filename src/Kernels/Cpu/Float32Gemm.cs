using System.Runtime.CompilerServices;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>Matrix products of float32 numbers, which are read in place.</summary>
internal sealed unsafe class Float32Gemm : IGemm<float>
{
    private Float32Gemm()
    {
    }

    public static void PackLeft(float* from, long count, float* to)
    {
        if (from != to) Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
    }

    public static void Transpose(float* from, int rows, int columns, int stride, float* to, int toStride) =>
        MatrixTranspose.Transpose((uint*)from, rows, columns, stride, (uint*)to, toStride);

    public static long GetPackedRightSize(long k, long n) => k * VectorMath.GetPaddedStride((int)n);

    public static RightOperand<float> PackRight(float* from, int k, int n, int stride, float* buffer) => new(from, stride);

    public static RightOperand<float> PackRightTransposed(float* from, int k, int n, int stride, float* buffer)
    {
        var own = VectorMath.GetPaddedStride(n);
        Transpose(from, n, k, stride, buffer, own);
        return new(buffer, own);
    }

    public static RightOperand<float> SliceColumns(RightOperand<float> operand, int column) =>
        new(operand.Pointer + column, operand.Stride);

    public static void PackRightRowPair(float* first, float* second, int pair, RightOperand<float> to)
    {
        PackLeft(first, to.Stride, to.Pointer + 2L * pair * to.Stride);
        if (second is not null) PackLeft(second, to.Stride, to.Pointer + (2L * pair + 1) * to.Stride);
    }

    public static void ExpAndSum(
        float* logits, int tokens, int rows, float* references, float* sums, float* left, RightOperand<float> right) =>
        LogitsTile.ExpAndSum(logits, tokens, rows, references, sums, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(
        int m, int n, int k, float* a, int aStride, RightOperand<float> b, float* c, int cStride, bool add) =>
        BlasLibrary.Multiply(m, n, k, a, aStride, b.Pointer, b.Stride, c, cStride, add);
}
