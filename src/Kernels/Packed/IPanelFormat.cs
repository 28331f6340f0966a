namespace TurkishLlm.Kernels.Packed;

/// <summary>
/// The layout of a panel: the weights of four vectors of outputs, input by input, in blocks of <see cref="BlockLength"/> inputs
/// that may begin with scales. A product reads it from the first byte to the last.
/// </summary>
/// <typeparam name="TVector">A vector of float32 numbers.</typeparam>
internal unsafe interface IPanelFormat<TVector>
    where TVector : struct
{
    /// <summary>Number of vectors of a panel.</summary>
    public const int VectorCount = 4;

    /// <summary>Number of inputs of a block.</summary>
    public const int BlockLength = 32;

    /// <summary>Bytes before the weights of a block.</summary>
    static abstract int HeaderBytes { get; }

    /// <summary>Bytes of the weights of one input.</summary>
    static abstract int StepBytes { get; }

    /// <summary>Returns the weights of one input as float32.</summary>
    /// <param name="step">The weights of this input.</param>
    /// <param name="header">The beginning of the block.</param>
    /// <param name="vector">Index of the vector, 0 … 3.</param>
    static abstract TVector Load(byte* step, byte* header, int vector);

    /// <summary>Returns the weight of one output as float32.</summary>
    /// <param name="step">The weights of its input.</param>
    /// <param name="header">The beginning of the block.</param>
    /// <param name="output">Index of the output in the panel.</param>
    static abstract float LoadOne(byte* step, byte* header, int output);

    /// <summary>Writes the weights of an output in one block.</summary>
    /// <param name="weights">The weights; at most <see cref="BlockLength"/>.</param>
    /// <param name="count">Number of weights.</param>
    /// <param name="header">The beginning of the block.</param>
    /// <param name="output">Index of the output in the panel.</param>
    static abstract void Pack(float* weights, int count, byte* header, int output);
}
