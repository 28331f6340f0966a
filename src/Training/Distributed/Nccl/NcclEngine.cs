using TorchSharp;
using TurkishLlm.Kernels.Cuda;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed.Nccl;

/// <summary>Sums CUDA tensors over processes with NCCL, one device per process.</summary>
/// <remarks>
/// All operations run on the default stream, like the operators of libtorch, so gradients are complete before they are summed.
/// CPU tensors are copied to the device and back.
/// </remarks>
public sealed class NcclEngine : ICollectiveEngine
{
    private readonly Device _device;
    private CudaDriver? _driver;
    private nint _context, _communicator;
    private Tensor? _cpuTensor, _deviceCopy;

    /// <param name="device">Device of this process.</param>
    public NcclEngine(Device device) => _device = device;

    /// <summary>Why NCCL cannot be used here; null if it can.</summary>
    public static string? UnavailableReason =>
        !CudaDriver.IsInstalled ? "the NVIDIA driver (libcuda.so.1) was not found"
        : !NcclLibrary.IsInstalled
            ? "NCCL (libnccl.so.2) was not found. Install libnccl2, or set TORCH_DIR to the folder of a Python torch with CUDA, "
                + "which includes it"
        : null;

    /// <inheritdoc/>
    public void Connect(DistributedContext context, Func<string, IReadOnlyList<string>> allGather)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(allGather);
        _driver = new();
        _context = _driver.RetainPrimaryContext(_driver.GetDevice(Math.Max(0, _device.index)));
        var own = default(NcclLibrary.UniqueId);
        if (context.Rank == 0) NcclLibrary.Check(NcclLibrary.ncclGetUniqueId(out own));
        var shared = NcclLibrary.UniqueId.Parse(allGather(own.ToString())[0]);
        NcclLibrary.Check(Run(() => NcclLibrary.ncclCommInitRank(out _communicator, context.WorldSize, shared, context.Rank)));
    }

    /// <inheritdoc/>
    public void StartAllReduce(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.device.type != _device.type)
        {
            (_cpuTensor, _deviceCopy) = (tensor, tensor.to(_device));
            tensor = _deviceCopy;
        }
        var (address, count, type) = (TensorMemory.GetDataPointer(tensor), (nuint)tensor.numel(), TypeOf(tensor.dtype));
        NcclLibrary.Check(Run(
            () => NcclLibrary.ncclAllReduce(address, address, count, type, NcclLibrary.Sum, _communicator, stream: 0)));
    }

    /// <inheritdoc/>
    public bool PollCompletion()
    {
        NcclLibrary.Check(NcclLibrary.ncclCommGetAsyncError(_communicator, out var code));
        NcclLibrary.Check(code);
        if (!Run(_driver!.HasFinished)) return false;
        if (_deviceCopy is not { } copy) return true;
        using (var grad = no_grad()) _cpuTensor!.copy_(copy);
        copy.Dispose();
        _deviceCopy = null;
        return true;
    }

    /// <inheritdoc/>
    public void Close(bool graceful)
    {
        var communicator = Interlocked.Exchange(ref _communicator, 0);
        if (communicator == 0) return;
        // ncclCommAbort ends the sum that runs on the device. Without it, weights could no longer be read from the device.
        NcclLibrary.Check(
            Run(() => graceful ? NcclLibrary.ncclCommDestroy(communicator) : NcclLibrary.ncclCommAbort(communicator)));
    }

    private T Run<T>(Func<T> function)
    {
        try
        {
            return _driver!.Run(_context, function);
        }
        catch (InvalidOperationException error)
        {
            throw new CollectiveException(error.Message);
        }
    }

    private static int TypeOf(ScalarType type) => type switch
    {
        ScalarType.Byte => 1,
        ScalarType.Int32 => 2,
        ScalarType.Int64 => 4,
        ScalarType.Float16 => 6,
        ScalarType.Float32 => 7,
        ScalarType.Float64 => 8,
        ScalarType.BFloat16 => 9,
        _ => throw new NotSupportedException($"NCCL sums integers, float16, bfloat16, float32 and float64, not {type}."),
    };
}
