using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>
/// An argument of a kernel: a number, or the address of a tensor's data. Integers are widened to 64 bits; 32-bit parameters read
/// the lower half.
/// </summary>
internal readonly struct KernelArgument
{
    private readonly Tensor? _tensor;

    private KernelArgument(ulong bits, Tensor? tensor = null) => (Bits, _tensor) = (bits, tensor);

    public ulong Bits { get; }

    public static unsafe implicit operator KernelArgument(Tensor tensor) =>
        new((ulong)TensorMemory.GetStridedDataPointer(tensor), tensor);

    public static implicit operator KernelArgument(long value) => new((ulong)value);

    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    /// <summary>Keeps the tensor alive until this call.</summary>
    public void KeepAlive() => GC.KeepAlive(_tensor);
}
