using TorchSharp;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed.Mpi;

/// <summary>Sums CPU tensors over processes with Open MPI. A process can initialize MPI only once.</summary>
/// <remarks>
/// MPI_Allreduce would wait indefinitely for a process that was killed. MPI_Iallreduce only starts the sum and MPI_Test advances
/// it, so it can be aborted in between.
/// </remarks>
public sealed class MpiEngine : ICollectiveEngine
{
    /// <summary>Largest number of elements per operation, 4 MB: parts that fit into the cache are summed faster.</summary>
    private const long MaxElements = 1 << 20;

    private const int AnySource = -1, AnyTag = -1;

    private Tensor? _tensor;
    private long _startedElements;
    private nint _request;

    /// <summary>Why Open MPI cannot be used here; null if it can.</summary>
    public static string? UnavailableReason => OpenMpi.IsInstalled
        ? null
        : "Open MPI was not found. Install it (./run setup --distributed; on Debian and Ubuntu: apt-get install openmpi-bin)";

    /// <inheritdoc/>
    public void Connect(DistributedContext context, Func<string, IReadOnlyList<string>> allGather)
    {
        ArgumentNullException.ThrowIfNull(context);
        OpenMpi.Check(OpenMpi.MPI_Init_thread(0, 0, OpenMpi.Serialized, out _));
        OpenMpi.Check(OpenMpi.MPI_Comm_set_errhandler(OpenMpi.World, OpenMpi.ErrorsReturn));
        OpenMpi.Check(OpenMpi.MPI_Comm_rank(OpenMpi.World, out var rank));
        OpenMpi.Check(OpenMpi.MPI_Comm_size(OpenMpi.World, out var size));
        if ((rank, size) != (context.Rank, context.WorldSize))
            throw new ConfigurationException(
                $"This process is rank {context.Rank} of {context.WorldSize}, but to Open MPI it is rank {rank} of {size}. "
                + "On the CPU, start several processes with `turkishllm launch -n N PLAN` "
                + "or with `mpirun --enable-recovery -n N turkishllm train PLAN`.");
    }

    /// <inheritdoc/>
    public void StartAllReduce(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.device.type != DeviceType.CPU)
            throw new NotSupportedException($"Open MPI sums tensors on the CPU, not on {tensor.device}.");
        (_tensor, _startedElements) = (tensor, 0);
        ReduceNextChunk(tensor);
    }

    /// <inheritdoc/>
    public bool PollCompletion()
    {
        if (_tensor is not { } tensor)
        {
            // Any call advances messages.
            OpenMpi.Check(OpenMpi.MPI_Iprobe(AnySource, AnyTag, OpenMpi.World, out _, 0));
            return true;
        }
        OpenMpi.Check(OpenMpi.MPI_Test(ref _request, out var done, 0));
        if (done == 0) return false;
        if (_startedElements < tensor.numel())
        {
            ReduceNextChunk(tensor);
            return false;
        }
        _tensor = null;
        return true;
    }

    /// <inheritdoc/>
    public void Close(bool graceful)
    {
        if (graceful) OpenMpi.Check(OpenMpi.MPI_Finalize());
    }

    private void ReduceNextChunk(Tensor tensor)
    {
        var (first, count) = (_startedElements, Math.Min(MaxElements, tensor.numel() - _startedElements));
        var address = TensorMemory.GetDataPointer(tensor) + (nint)(first * tensor.element_size());
        OpenMpi.Check(OpenMpi.MPI_Iallreduce(
            OpenMpi.InPlace, address, (int)count, TypeOf(tensor.dtype), OpenMpi.Sum, OpenMpi.World, out _request));
        _startedElements += count;
    }

    private static nint TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => OpenMpi.GetDatatype("float"),
        ScalarType.Float64 => OpenMpi.GetDatatype("double"),
        ScalarType.Int32 => OpenMpi.GetDatatype("int32_t"),
        ScalarType.Int64 => OpenMpi.GetDatatype("int64_t"),
        _ => throw new NotSupportedException($"Open MPI sums float32, float64, int32 and int64, not {type}."),
    };
}
