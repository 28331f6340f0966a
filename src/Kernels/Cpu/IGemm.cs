namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Single-threaded matrix products for one number type of operands, accumulated in float32. Matrices are row-major.
/// </summary>
/// <typeparam name="T">Number type of the operands.</typeparam>
internal unsafe interface IGemm<T>
    where T : unmanaged
{
    /// <summary>Converts numbers to the format of the left operand; does nothing if they already have it.</summary>
    static abstract void PackLeft(float* from, long count, T* to);

    /// <summary>Transposes a matrix: <paramref name="to"/> receives <paramref name="columns"/> rows.</summary>
    static abstract void Transpose(T* from, int rows, int columns, int stride, T* to, int toStride);

    /// <summary>
    /// Returns the buffer size, in numbers, that <see cref="PackRight"/> and <see cref="PackRightTransposed"/> need.
    /// </summary>
    static abstract long GetPackedRightSize(long k, long n);

    /// <summary>Packs a matrix as the right operand.</summary>
    /// <param name="from">k rows of n numbers.</param>
    /// <param name="k">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="stride">Distance between rows.</param>
    /// <param name="buffer">Buffer for a packed copy; unused if the product reads the matrix in place.</param>
    static abstract RightOperand<T> PackRight(T* from, int k, int n, int stride, T* buffer);

    /// <summary>Packs the transpose of a matrix as the right operand.</summary>
    /// <param name="from">n rows of k numbers.</param>
    /// <param name="k">Columns.</param>
    /// <param name="n">Rows.</param>
    /// <param name="stride">Distance between rows.</param>
    /// <param name="buffer">Buffer for the packed copy.</param>
    static abstract RightOperand<T> PackRightTransposed(T* from, int k, int n, int stride, T* buffer);

    /// <summary>Returns a right operand without its first columns.</summary>
    static abstract RightOperand<T> SliceColumns(RightOperand<T> operand, int column);

    /// <summary>Packs rows 2·pair and 2·pair + 1 of a right operand.</summary>
    /// <param name="first">The first row, in float32.</param>
    /// <param name="second">The second row; null if the operand ends with the first.</param>
    /// <param name="pair">Index of the pair.</param>
    /// <param name="to">The operand.</param>
    static abstract void PackRightRowPair(float* first, float* second, int pair, RightOperand<T> to);

    /// <summary>
    /// Replaces a tile of logits by e^(logit − reference), as a right operand, and optionally as a left operand that is read much
    /// later.
    /// </summary>
    /// <param name="logits"><c>[tokens, rows]</c>; changed.</param>
    /// <param name="tokens">Tokens of the tile.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="references">The reference of each row.</param>
    /// <param name="sums">Receives the sum over tokens of each row.</param>
    /// <param name="left">The left operand, <c>[tokens, rows]</c>; null for none.</param>
    /// <param name="right">The right operand, <c>[tokens, rows]</c>.</param>
    static abstract void ExpAndSum(
        float* logits, int tokens, int rows, float* references, float* sums, T* left, RightOperand<T> right);

    /// <summary>Computes c = a·b or c += a·b.</summary>
    /// <param name="m">Rows of a.</param>
    /// <param name="n">Columns of b.</param>
    /// <param name="k">Columns of a.</param>
    /// <param name="a">Left operand.</param>
    /// <param name="aStride">Distance between its rows.</param>
    /// <param name="b">Right operand.</param>
    /// <param name="c">Result.</param>
    /// <param name="cStride">Distance between its rows.</param>
    /// <param name="add">True to add to the result.</param>
    static abstract void Multiply(int m, int n, int k, T* a, int aStride, RightOperand<T> b, float* c, int cStride, bool add);
}

/// <summary>A packed right operand of a matrix product.</summary>
/// <param name="Address">Address of the numbers, in the order that the product reads.</param>
/// <param name="Stride">Numbers per row.</param>
internal readonly unsafe record struct RightOperand<T>(nint Address, int Stride)
    where T : unmanaged
{
    public RightOperand(T* pointer, int stride)
        : this((nint)pointer, stride)
    {
    }

    /// <summary>Pointer to the numbers.</summary>
    public T* Pointer => (T*)Address;

    /// <summary>Returns the operand without its first rows.</summary>
    /// <param name="row">Number of rows to skip; even.</param>
    public RightOperand<T> SliceRows(long row) => new(Pointer + row * Stride, Stride);
}
