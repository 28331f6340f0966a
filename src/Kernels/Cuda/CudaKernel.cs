using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>
/// Launches kernels on the device that holds a tensor; for CPU tensors of a thread that emulates a device, in the emulation.
/// </summary>
internal static unsafe class CudaKernel
{
    [ThreadStatic] private static ICudaLauncher? _emulator;

    /// <summary>True for tensors of a CUDA device, and for those of the CPU while the calling thread emulates one.</summary>
    public static bool CanRun(Tensor tensor) =>
        tensor.device_type == DeviceType.CUDA || (_emulator is not null && tensor.device_type == DeviceType.CPU);

    /// <summary>Until disposed, the calling thread computes CPU tensors as a CUDA device would. For tests.</summary>
    public static IDisposable Emulate(ICudaLauncher emulator) => new Emulation(emulator);

    /// <summary>Runs a kernel; none where there are no blocks.</summary>
    /// <param name="kernel">One of <see cref="KernelSource.KernelNames"/>.</param>
    /// <param name="tensor">A tensor on the device that shall run it.</param>
    /// <param name="blocks">Blocks of the grid.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="arguments">In the order of the kernel's parameters.</param>
    public static void Launch(
        string kernel, Tensor tensor, long blocks, int threads, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (blocks == 0) return;
        var values = stackalloc ulong[arguments.Length];
        var addresses = stackalloc void*[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Bits;
            addresses[i] = values + i;
        }
        var launcher = tensor.device_type == DeviceType.CUDA ? CudaLauncher.Shared : _emulator;
        if (launcher is null)
            throw new InvalidOperationException($"{kernel} runs on CUDA devices, and its tensors are on {tensor.device}.");
        launcher.Launch(kernel, tensor, blocks, threads, addresses);
        // Memory freed from here on is used again only after the kernel: libtorch's allocator gives it to the same stream.
        foreach (ref readonly var argument in arguments) argument.KeepAlive();
        GC.KeepAlive(tensor);
    }

    private sealed class Emulation : IDisposable
    {
        private readonly ICudaLauncher? _before = _emulator;

        public Emulation(ICudaLauncher emulator) => _emulator = emulator;

        public void Dispose() => _emulator = _before;
    }
}
