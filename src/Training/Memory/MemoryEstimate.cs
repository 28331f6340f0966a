using TurkishLlm.Plans;

namespace TurkishLlm.Training.Memory;

/// <summary>Estimates the memory that a plan will need.</summary>
/// <remarks>
/// Weights, gradients and moments are counted (the last two for trained parameters only), activations follow from what the
/// operators save, and the overhead of the device is measured (<see cref="DeviceMemory"/>). Within 15 % of measured peaks on the
/// CPU: bench/results.
/// </remarks>
public sealed class MemoryEstimate
{
    private const long Single = 4;

    private readonly DeviceMemory _device;

    private MemoryEstimate(DeviceMemory device, int vocabulary, IReadOnlyList<MemoryPart> parts, long shards)
    {
        (_device, Parts, Shards) = (device, parts, shards);
        Runtime = device.Process + device.GateResidue + device.TokenizerPerId * vocabulary;
        Gate = device.Gate + device.GatePerId * vocabulary;
    }

    /// <summary>All kinds of tensors.</summary>
    public IReadOnlyList<MemoryPart> Parts { get; }

    /// <summary>Pages of the memory-mapped shards that are read; the system reclaims them when memory is short.</summary>
    public long Shards { get; }

    /// <summary>Libraries, runtime, tokenizer, and the residue of the gate.</summary>
    public long Runtime { get; }

    /// <summary>Memory that the gate needs before the first step.</summary>
    public long Gate { get; }

    /// <summary>Memory that the allocator holds beyond the tensors.</summary>
    public long Allocator => (long)(GetBytes(PeakMoment) * (_device.Fragmentation - 1));

    /// <summary>The moment when the tensors need the most memory.</summary>
    public MemoryMoment PeakMoment => Enum.GetValues<MemoryMoment>().MaxBy(GetBytes);

    /// <summary>Peak of the whole run, in bytes.</summary>
    public long Peak => Math.Max(Gate, GetBytes(PeakMoment) + Allocator + Runtime + Shards);

    /// <summary>Returns the bytes of all tensors at a moment.</summary>
    public long GetBytes(MemoryMoment moment) => Parts.Sum(part => part.GetBytes(moment));

    /// <summary>Estimates the memory of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">The device of the run.</param>
    /// <param name="shardBytes">Size of the shards; 0 if unknown.</param>
    public static MemoryEstimate Compute(TrainingPlan plan, DeviceMemory device, long shardBytes = 0)
    {
        var (config, batching) = (plan.Model, plan.Training);
        var (weights, learned) = (config.ParameterCount * Single, plan.TrainableParameterCount * Single);
        var (moments, average) = (plan.OptimizerStateCount * Single, plan.Training.Ema is null ? 0 : learned);
        var allWeights = plan.Lora is null ? weights : weights + learned;
        // A pair is two rows, an answer of KTO one.
        var rows = plan.Preference is null or { Objective: KtoPlan } ? batching.MicroBatchSize : 2 * batching.MicroBatchSize;
        var step = new ActivationMemory(config, rows, batching.SequenceLength, plan.ComputeType, device);
        var row = new ActivationMemory(config, rows: 1, batching.SequenceLength, plan.ComputeType, device);
        // Of blocks that are recomputed, one at a time keeps its activations, in its backward pass.
        var recomputes = batching.ActivationCheckpointing == ActivationCheckpointing.Blocks;
        var earlier = batching.AccumulationSteps > 1 ? learned : 0;      // gradients of the micro-batches before

        MemoryPart[] parts =
        [
            new("weights", allWeights, allWeights, allWeights, allWeights),
            new("moments", moments, moments, moments, moments),
            new("average", average, average, average, average),
            new("gradients", earlier, earlier, learned, 0),
            new(
                "batch", batching.AccumulationSteps * step.Batch, batching.AccumulationSteps * step.Batch,
                batching.AccumulationSteps * step.Batch, row.Batch),
            new(
                "stream and norms", recomputes ? step.Streams : step.Norms,
                recomputes ? step.Streams + PerBlock(step.Norms) : step.Norms, step.Streams, 0),
            new("attention", Kept(step.Attention), PerBlock(step.Attention), 0, 0),
            new("feed-forward", Kept(step.FeedForward), PerBlock(step.FeedForward), 0, 0),
            new("dropout masks", Kept(step.Masks), PerBlock(step.Masks), 0, 0),
            new("rounded weights", Kept(step.RoundedWeights), PerBlock(step.RoundedWeights), 0, 0),
            new("block workspace", 0, step.BlockBackward, 0, row.WithoutGradients),
            new("logits", step.Loss, 0, 0, row.LossAlone),
            new("loss gradients", step.LossGradients, step.LossGradients, plan.Lora is null ? step.EmbeddingGradients : 0, 0),
        ];
        return new(
            device, config.VocabSize,
            [.. parts.Where(part => Enum.GetValues<MemoryMoment>().Any(moment => part.GetBytes(moment) > 0))],
            device.CountsMappedShards ? EstimateMappedPages(batching, shardBytes) : 0);

        long Kept(long bytes) => recomputes ? 0 : bytes;

        long PerBlock(long bytes) => recomputes ? bytes / config.NLayers : bytes;
    }

    /// <summary>Finds the largest micro-batch that fits within a limit; 0 if not even one row fits.</summary>
    /// <param name="plan">The plan; its own micro-batch size is ignored.</param>
    /// <param name="device">The device of the run.</param>
    /// <param name="limit">Available bytes.</param>
    /// <param name="shardBytes">Size of the shards.</param>
    public static int FindLargestMicroBatch(TrainingPlan plan, DeviceMemory device, long limit, long shardBytes = 0)
    {
        var (fits, tooMany) = (0, 1 << 20);
        while (tooMany - fits > 1)
        {
            var rows = (fits + tooMany) / 2;
            if (Compute(plan with { Training = plan.Training with { MicroBatchSize = rows } }, device, shardBytes).Peak <= limit)
                fits = rows;
            else tooMany = rows;
        }
        return fits;
    }

    // Windows are spread over the whole shard, and the system reads 64 KB around each: after enough windows all pages are in
    // memory.
    private static long EstimateMappedPages(BatchingPlan batching, long shardBytes)
    {
        const double around = 65_536;
        var windows = (double)batching.Steps * batching.AccumulationSteps * batching.MicroBatchSize;
        return shardBytes == 0
            ? 0
            : (long)(shardBytes * (1 - Math.Exp(-windows * (around + 2 * batching.SequenceLength) / shardBytes)));
    }
}
