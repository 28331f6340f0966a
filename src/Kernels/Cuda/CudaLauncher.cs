using System.Collections.Concurrent;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Compiles the kernels for a device on first use, and launches them with the driver.</summary>
internal sealed unsafe class CudaLauncher : ICudaLauncher
{
    private const int ComputeCapabilityMajor = 75, ComputeCapabilityMinor = 76;        // CU_DEVICE_ATTRIBUTE_…

    private static readonly Lazy<CudaLauncher> SharedInstance = new(() => new CudaLauncher());

    // Returns the current stream of libtorch in the calling thread. TorchSharp uses the default stream only, which has the handle
    // zero, and libtorch is not built with per-thread default streams; libtorch is still asked if possible, because a caller may
    // have switched the stream by other means.
    private static readonly delegate* unmanaged[Cdecl]<int, nint*, int> CurrentStream =
        (delegate* unmanaged[Cdecl]<int, nint*, int>)TorchLibrary.LibtorchCudaFunction("aoti_torch_get_current_cuda_stream");

    private readonly CudaDriver _driver = new();
    private readonly ConcurrentDictionary<int, Lazy<LoadedKernels>> _devices = new();

    /// <summary>The launcher of this process.</summary>
    /// <exception cref="DllNotFoundException">The driver is missing.</exception>
    public static CudaLauncher Shared => SharedInstance.Value;

    /// <summary>Compiles the kernels for a device, once.</summary>
    public void Compile(int index) => _ = GetKernels(index);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The kernels do not compile, or the driver refuses.</exception>
    public void Launch(string kernel, Tensor tensor, long blocks, int threads, void** arguments)
    {
        if (blocks > int.MaxValue)
            throw new InvalidOperationException(
                $"{kernel}: {blocks} blocks are more than the {int.MaxValue} of a grid. Use a smaller micro-batch.");
        var index = tensor.device_index;
        var kernels = GetKernels(index);
        nint stream = 0;
        if (CurrentStream is not null && CurrentStream(index, &stream) != 0)
            throw new InvalidOperationException($"libtorch does not say which stream of {tensor.device} is current.");
        // A thread without CUDA calls has no current context, and a thread that uses several devices may have another one.
        _driver.PushContext(kernels.Context);
        try
        {
            _driver.Launch(kernel, kernels.Functions[kernel], (uint)blocks, (uint)threads, stream, arguments);
        }
        finally
        {
            _driver.PopContext();
        }
    }

    private LoadedKernels GetKernels(int index) =>
        _devices.GetOrAdd(index, i => new Lazy<LoadedKernels>(() => LoadKernels(i))).Value;

    private LoadedKernels LoadKernels(int index)
    {
        var device = _driver.GetDevice(index);
        var major = _driver.GetAttribute(ComputeCapabilityMajor, device);
        var architecture = $"sm_{major}{_driver.GetAttribute(ComputeCapabilityMinor, device)}";
        var compiled = new NvrtcCompiler().Compile(KernelSource.Text, KernelSource.KernelNames, architecture);
        var context = _driver.RetainPrimaryContext(device);
        _driver.PushContext(context);
        try
        {
            var module = _driver.LoadModule(compiled.Code);
            return new(context, compiled.Names.ToDictionary(name => name.Key, name => _driver.GetFunction(module, name.Value)));
        }
        finally
        {
            _driver.PopContext();
        }
    }

    // The primary context is the one of libtorch. Context and module stay loaded until the process ends.
    private sealed record LoadedKernels(nint Context, Dictionary<string, nint> Functions);
}
