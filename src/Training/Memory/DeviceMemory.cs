namespace TurkishLlm.Training.Memory;

/// <summary>
/// Memory that a device needs beyond the tensors of a step: measured on the CPU, estimated on CUDA. Measure it again
/// (<c>./run bench memory</c>) when kernels or the allocator change.
/// </summary>
/// <param name="Name">Name of the device.</param>
/// <param name="LossRows">Number of rows that have logits at the same time.</param>
/// <param name="HeadPadding">
/// Dimensions that bfloat16 attention adds to each head for the biases; rounded copies of the heads are kept.
/// </param>
/// <param name="RoundsGates">True if gate and up are kept in the number type of products.</param>
/// <param name="Process">
/// Bytes before the first tensor: libraries and runtime; on CUDA, the context and library workspaces on the device.
/// </param>
/// <param name="GateResidue">Bytes that the gate leaves in the process: compiled code and fragmented heaps.</param>
/// <param name="TokenizerPerId">Bytes of the tokenizer per token id.</param>
/// <param name="Gate">Peak of the gate itself; training that needs less stays below it.</param>
/// <param name="GatePerId">Bytes that each token id adds to that peak.</param>
/// <param name="Fragmentation">Bytes that the allocator holds per byte in use at the peak.</param>
/// <param name="MaskBytes">Bytes of a dropout mask per element.</param>
/// <param name="CountsMappedShards">True if pages of the memory-mapped shards count as memory of the process.</param>
/// <param name="IsMeasured">False if no estimate for the device was compared with a run.</param>
public sealed record DeviceMemory(
    string Name,
    long LossRows, int HeadPadding, bool RoundsGates, long Process, long GateResidue, long TokenizerPerId, long Gate,
    long GatePerId, double Fragmentation, int MaskBytes, bool CountsMappedShards, bool IsMeasured)
{
    /// <summary>The CPU: one region of huge pages for large results, which caches freed memory.</summary>
    public static DeviceMemory Cpu { get; } = new(
        "cpu",
        LossRows: 512, HeadPadding: 0, RoundsGates: false, Process: 185_000_000, GateResidue: 270_000_000, TokenizerPerId: 2_300,
        Gate: 540_000_000, GatePerId: 11_000,
        Fragmentation: 1.16, MaskBytes: 4, CountsMappedShards: true, IsMeasured: true);

    /// <summary>An NVIDIA device with the caching allocator of libtorch.</summary>
    public static DeviceMemory Cuda { get; } = new(
        "cuda",
        LossRows: 8192, HeadPadding: 8, RoundsGates: true, Process: 700_000_000, GateResidue: 0, TokenizerPerId: 0, Gate: 0,
        GatePerId: 0,
        Fragmentation: 1.10, MaskBytes: 1, CountsMappedShards: false, IsMeasured: false);

    /// <summary>The device in a process that does not run the gate.</summary>
    public DeviceMemory WithoutGate => this with { GateResidue = 0, TokenizerPerId = 0, Gate = 0, GatePerId = 0 };
}
