using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>
/// One argument of a kernel: a number, or where the numbers of a tensor are. Whole numbers are widened to 64 bits, so that they
/// suit parameters of 32 bits too: those read the lower half.
/// </summary>
internal readonly struct KernelArgument
{
    private readonly Tensor? _tensor;

    private KernelArgument(ulong bits, Tensor? tensor = null) => (Bits, _tensor) = (bits, tensor);

    public ulong Bits { get; }

    public static unsafe implicit operator KernelArgument(Tensor tensor) => new((ulong)TensorMemory.GetStridedDataPointer(tensor), tensor);

    public static implicit operator KernelArgument(long value) => new((ulong)value);

    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    /// <summary>Keeps the tensor alive up to here.</summary>
    public void KeepAlive() => GC.KeepAlive(_tensor);
}
