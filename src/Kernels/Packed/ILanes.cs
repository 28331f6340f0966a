namespace TurkishLlm.Kernels.Packed;

/// <summary>Operations on the vectors of one width, so that each kernel is written once.</summary>
/// <typeparam name="TVector">A vector of float32 numbers.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Number of elements of a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(float* from);

    static abstract void Store(TVector vector, float* to);

    static abstract TVector Broadcast(float number);

    static abstract TVector Add(TVector x, TVector y);

    static abstract TVector Multiply(TVector x, TVector y);

    /// <summary>Computes x · y + sum with one rounding.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector sum);

    /// <summary>Converts the bfloat16 numbers in the lower halves of 32-bit elements.</summary>
    static abstract TVector LoadLowerBFloat16(uint* from);

    /// <summary>Converts the bfloat16 numbers in the upper halves of 32-bit elements.</summary>
    static abstract TVector LoadUpperBFloat16(uint* from);

    /// <summary>Converts 8-bit integers.</summary>
    static abstract TVector LoadInt8(sbyte* from);
}
