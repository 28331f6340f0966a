using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>
/// Launches kernels on the device of a tensor, or in an emulator for CPU tensors of a thread that emulates a device.
/// </summary>
internal static unsafe class CudaKernel
{
    [ThreadStatic] private static ICudaLauncher? _emulator;

    /// <summary>Returns true for CUDA tensors, and for CPU tensors while the calling thread emulates a device.</summary>
    public static bool CanRun(Tensor tensor) =>
        tensor.device_type == DeviceType.CUDA || (_emulator is not null && tensor.device_type == DeviceType.CPU);

    /// <summary>Emulates a CUDA device for CPU tensors of the calling thread until the result is disposed. For tests.</summary>
    public static IDisposable Emulate(ICudaLauncher emulator) => new Emulation(emulator);

    /// <summary>Launches a kernel; does nothing for zero blocks.</summary>
    /// <param name="kernel">One of <see cref="KernelSource.KernelNames"/>.</param>
    /// <param name="tensor">A tensor on the device of the launch.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="threads">Threads per block.</param>
    /// <param name="arguments">Arguments in the order of the kernel's parameters.</param>
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
        // Memory freed from here on is reused only after the kernel: the allocator of libtorch reuses it on the same stream.
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
