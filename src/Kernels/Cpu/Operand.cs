using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cpu;

/// <summary>A tensor as a matrix in the number type of products: all axes but the last are rows.</summary>
internal readonly unsafe struct Operand<T>
    where T : unmanaged
{
    private readonly nint _address;

    /// <param name="tensor">Contiguous, of number type <typeparamref name="T"/>; must outlive the pointers.</param>
    public Operand(Tensor tensor)
    {
        Tensor = tensor;
        _address = TensorMemory.GetDataPointer(tensor);
        Width = (int)tensor.shape[^1];
        Rows = Width == 0 ? 0 : checked((int)(tensor.numel() / Width));
    }

    public Tensor Tensor { get; }

    public int Rows { get; }

    public int Width { get; }

    public T* Pointer => (T*)_address;

    public T* Row(long row) => Pointer + row * Width;

    /// <summary>Packs the matrix as the right operand of a product.</summary>
    /// <param name="buffer">Buffer for a packed copy.</param>
    public RightOperand<T> PackRight<TGemm>(T* buffer)
        where TGemm : IGemm<T>
    {
        if (typeof(T) == typeof(float)) return TGemm.PackRight(Pointer, Rows, Width, Width, buffer);
        const int perTask = 256;                                // even: pairs of rows stay together
        var (from, rows, width) = (_address, Rows, Width);
        Workers.Run((rows + perTask - 1) / perTask, task =>
        {
            var first = task * perTask;
            TGemm.PackRight(
                (T*)from + (long)first * width, Math.Min(perTask, rows - first), width, width, buffer + (long)first * width);
        });
        return new(buffer, width);
    }

    /// <summary>Creates an operand from a float32 tensor: the tensor itself, or a rounded copy.</summary>
    public static Operand<T> Create<TGemm>(Tensor values)
        where TGemm : IGemm<T>
    {
        var contiguous = values.contiguous();
        if (typeof(T) == typeof(float)) return new(contiguous);
        const int perTask = 1 << 16;
        var rounded = new Operand<T>(OutputTensor.Empty(values.shape, ScalarType.BFloat16));
        var from = TensorMemory.GetFloatPointer(contiguous);
        var count = values.numel();
        Workers.Run((int)((count + perTask - 1) / perTask), task =>
        {
            var first = task * (long)perTask;
            TGemm.PackLeft(from + first, Math.Min(perTask, count - first), rounded.Pointer + first);
        });
        GC.KeepAlive(contiguous);
        return rounded;
    }
}
