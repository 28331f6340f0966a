namespace TurkishLlm.Kernels.Cpu;

/// <summary>
/// Matrix products of one thread with operands of one number type, accumulated in float32. Matrices are row-major.
/// </summary>
/// <typeparam name="T">Number type of the operands.</typeparam>
internal unsafe interface IGemm<T>
    where T : unmanaged
{
    /// <summary>Writes numbers as the left operand reads them; does nothing where they already are there.</summary>
    static abstract void PackLeft(float* from, long count, T* to);

    /// <summary>The transpose of a matrix: <paramref name="to"/> gets <paramref name="columns"/> rows.</summary>
    static abstract void Transpose(T* from, int rows, int columns, int stride, T* to, int toStride);

    /// <summary>Numbers of room that <see cref="PackRight"/> and <see cref="PackRightTransposed"/> need.</summary>
    static abstract long GetPackedRightSize(long k, long n);

    /// <summary>A matrix as the right operand.</summary>
    /// <param name="from">k rows of n numbers.</param>
    /// <param name="k">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="stride">Distance between rows.</param>
    /// <param name="buffer">Room for a copy in the order that the product reads; not used where it reads the matrix itself.</param>
    static abstract RightOperand<T> PackRight(T* from, int k, int n, int stride, T* buffer);

    /// <summary>The transpose of a matrix as the right operand.</summary>
    /// <param name="from">n rows of k numbers.</param>
    /// <param name="k">Columns.</param>
    /// <param name="n">Rows.</param>
    /// <param name="stride">Distance between rows.</param>
    /// <param name="buffer">Room for the copy.</param>
    static abstract RightOperand<T> PackRightTransposed(T* from, int k, int n, int stride, T* buffer);

    /// <summary>A right operand without its first columns.</summary>
    static abstract RightOperand<T> SliceColumns(RightOperand<T> operand, int column);

    /// <summary>Writes rows 2·pair and 2·pair + 1 of a right operand.</summary>
    /// <param name="first">The first row, in float32.</param>
    /// <param name="second">The second row; null where the operand ends with the first.</param>
    /// <param name="pair">Which two.</param>
    /// <param name="to">The operand.</param>
    static abstract void PackRightRowPair(float* first, float* second, int pair, RightOperand<T> to);

    /// <summary>
    /// Turns a tile of logits into e^(logit − reference): as a right operand, and as a left one that is read much later.
    /// </summary>
    /// <param name="logits"><c>[tokens, rows]</c>; changed.</param>
    /// <param name="tokens">Tokens of the tile.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="references">What is subtracted, of each row.</param>
    /// <param name="sums">Gets the sums over tokens, of each row.</param>
    /// <param name="left">The left operand, <c>[tokens, rows]</c>; null where none is wanted.</param>
    /// <param name="right">The right operand, <c>[tokens, rows]</c>.</param>
    static abstract void ExpAndSum(
        float* logits, int tokens, int rows, float* references, float* sums, T* left, RightOperand<T> right);

    /// <summary>c = a·b, or c += a·b.</summary>
    /// <param name="m">Rows of a.</param>
    /// <param name="n">Columns of b.</param>
    /// <param name="k">Columns of a.</param>
    /// <param name="a">Left operand.</param>
    /// <param name="aStride">Distance between its rows.</param>
    /// <param name="b">Right operand.</param>
    /// <param name="c">Result.</param>
    /// <param name="cStride">Distance between its rows.</param>
    /// <param name="add">True to add to what the result holds.</param>
    static abstract void Multiply(int m, int n, int k, T* a, int aStride, RightOperand<T> b, float* c, int cStride, bool add);
}

/// <summary>A matrix on the right of a product.</summary>
/// <param name="Address">Its numbers, in the order that the product reads.</param>
/// <param name="Stride">Numbers of a row.</param>
internal readonly unsafe record struct RightOperand<T>(nint Address, int Stride)
    where T : unmanaged
{
    public RightOperand(T* pointer, int stride)
        : this((nint)pointer, stride)
    {
    }

    /// <summary>The numbers.</summary>
    public T* Pointer => (T*)Address;

    /// <summary>The operand without its first rows.</summary>
    /// <param name="row">How many; even.</param>
    public RightOperand<T> SliceRows(long row) => new(Pointer + row * Stride, Stride);
}
