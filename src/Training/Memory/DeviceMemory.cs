using TurkishLlm.Torch;

namespace TurkishLlm.Training;

/// <summary>
/// What a device adds to the tensors of a step, in one place: measured numbers, to be measured again when kernels or the
/// allocator change (<c>./run bench memory</c>).
/// </summary>
/// <param name="Name">The device.</param>
/// <param name="Kernels">Parts that run in kernels of ours there; the others are plain operators, which keep more.</param>
/// <param name="Runtime">Bytes of the process before the first tensor: libraries, the runtime of .NET, the gate's remains; on CUDA the context and the workspaces of its libraries, on the device.</param>
/// <param name="Fragmentation">What the allocator holds for each byte that is in use at the peak.</param>
/// <param name="MaskBytes">Bytes of a dropout mask per element.</param>
/// <param name="HoldsShards">True where pages of the mapped shards count as memory of the process.</param>
/// <param name="IsMeasured">False where nobody has compared a forecast with a run.</param>
public sealed record DeviceMemory(string Name, Fused Kernels, long Runtime, double Fragmentation, int MaskBytes, bool HoldsShards, bool IsMeasured)
{
    /// <summary>Rows of logits that exist at a time where the loss is a kernel.</summary>
    public const int LossRows = 512;

    /// <summary>The processor: glibc's heap, which keeps what was freed.</summary>
    public static DeviceMemory Cpu { get; } = new("cpu", Fused.All, Runtime: 330_000_000, Fragmentation: 1.12, MaskBytes: 4, HoldsShards: true, IsMeasured: true);

    /// <summary>An NVIDIA device: libtorch's caching allocator, plain operators.</summary>
    public static DeviceMemory Cuda { get; } = new("cuda", Fused.None, Runtime: 700_000_000, Fragmentation: 1.10, MaskBytes: 1, HoldsShards: false, IsMeasured: false);
}
