namespace TurkishLlm.Training.Memory;

/// <summary>
/// What a device adds to the tensors of a step, in one place: measured numbers, to be measured again when kernels or the
/// allocator change (<c>./run bench memory</c>).
/// </summary>
/// <param name="Name">The device.</param>
/// <param name="LossRows">Rows whose logits exist at a time.</param>
/// <param name="HeadPadding">Dimensions that bfloat16 attention adds to each head for the biases, rounded copies of which it keeps.</param>
/// <param name="RoundsGates">True where gate and up are kept as operands of products are.</param>
/// <param name="Process">Bytes before the first tensor: libraries and runtime; on CUDA the context and the workspaces of its libraries, on the device.</param>
/// <param name="GateResidue">What the gate leaves in the process: compiled code and heaps with holes.</param>
/// <param name="TokenizerPerId">Bytes of the tokenizer for each id.</param>
/// <param name="Gate">The peak of the gate itself; training that needs less stays below it.</param>
/// <param name="GatePerId">What each id of the vocabulary adds to that peak.</param>
/// <param name="Fragmentation">What the allocator holds for each byte that is in use at the peak.</param>
/// <param name="MaskBytes">Bytes of a dropout mask per element.</param>
/// <param name="CountsMappedShards">True where pages of the mapped shards count as memory of the process.</param>
/// <param name="IsMeasured">False where nobody has compared a forecast with a run.</param>
public sealed record DeviceMemory(
    string Name, long LossRows, int HeadPadding, bool RoundsGates, long Process, long GateResidue, long TokenizerPerId, long Gate, long GatePerId, double Fragmentation, int MaskBytes, bool CountsMappedShards, bool IsMeasured)
{
    /// <summary>The CPU: one region of huge pages for large results, which keeps what was freed.</summary>
    public static DeviceMemory Cpu { get; } = new(
        "cpu", LossRows: 512, HeadPadding: 0, RoundsGates: false, Process: 185_000_000, GateResidue: 270_000_000, TokenizerPerId: 2_300, Gate: 540_000_000, GatePerId: 11_000,
        Fragmentation: 1.16, MaskBytes: 4, CountsMappedShards: true, IsMeasured: true);

    /// <summary>An NVIDIA device: libtorch's caching allocator.</summary>
    public static DeviceMemory Cuda { get; } = new(
        "cuda", LossRows: 8192, HeadPadding: 8, RoundsGates: true, Process: 700_000_000, GateResidue: 0, TokenizerPerId: 0, Gate: 0, GatePerId: 0,
        Fragmentation: 1.10, MaskBytes: 1, CountsMappedShards: false, IsMeasured: false);

    /// <summary>The device in a process that only takes steps.</summary>
    public DeviceMemory WithoutGate => this with { GateResidue = 0, TokenizerPerId = 0, Gate = 0, GatePerId = 0 };
}
