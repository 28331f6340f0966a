using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives;

/// <summary>What one forward pass learns from: tokens, and for each the token that follows it.</summary>
/// <param name="Inputs"><c>[b, t]</c>, int64.</param>
/// <param name="Targets"><c>[b, t]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> counts for nothing.</param>
/// <param name="LossTerms">Targets that count, known on the host so that no device is asked.</param>
public sealed record TokenBatch(Tensor Inputs, Tensor Targets, long LossTerms) : IMicroBatch
{
    /// <summary>The first position that each may read, <c>[b, t]</c>, int64; null where all read from the first. See <see cref="LanguageModel.ForwardHidden"/>.</summary>
    public Tensor? SegmentStarts { get; private init; }

    /// <summary>Positions whose targets count, <c>[n]</c>, int64, as if all rows stood in one; null where all do, or none.</summary>
    public Tensor? LossPositions { get; private init; }

    /// <summary>Copies rows from host memory to a device.</summary>
    /// <param name="inputs">Rows one after the other.</param>
    /// <param name="targets">Rows one after the other.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="segmentStarts">For each position the first of its row that it may read; null where all read from the first.</param>
    public static TokenBatch Create(long[] inputs, long[] targets, int rows, Device device, long[]? segmentStarts = null)
    {
        long[] shape = [rows, inputs.Length / rows];
        var counted = targets.Index().Where(target => target.Item != CrossEntropy.IgnoreIndex).Select(target => (long)target.Index).ToArray();
        return new TokenBatch(tensor(inputs, shape, device: device), tensor(targets, shape, device: device), counted.Length)
        {
            SegmentStarts = segmentStarts is null ? null : tensor(segmentStarts, shape, device: device),
            LossPositions = counted.Length == 0 || counted.Length == targets.Length ? null : tensor(counted, [counted.Length], device: device),
        };
    }

    /// <summary>The sum of the losses of all targets that count.</summary>
    /// <param name="model">Where the rows go through.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <param name="scale">What each loss counts.</param>
    /// <returns>Nats, a single float32.</returns>
    public Tensor LossSum(LanguageModel model, bool training = false, double scale = 1) => model.ComputeLossSum(Inputs, Targets, training, scale, SegmentStarts, LossPositions);

    /// <inheritdoc/>
    public double Backward(LanguageModel model, double scale, bool training)
    {
        var loss = LossSum(model, training, scale);
        FusedOperators.Backward(loss);
        return loss.ToDouble();
    }

    /// <summary>Reads the rows of one micro-batch of a step.</summary>
    /// <param name="sampler">Where the windows come from.</param>
    /// <param name="dataStep">Step of the optimizer.</param>
    /// <param name="firstRow">Row of the step that the micro-batch begins with.</param>
    /// <param name="rows">Rows of a micro-batch.</param>
    /// <param name="sequenceLength">Tokens of a row.</param>
    /// <param name="device">Where the model is.</param>
    public static TokenBatch Read(WindowSampler sampler, long dataStep, int firstRow, int rows, int sequenceLength, Device device)
    {
        using var scope = NewDisposeScope();
        long[] shape = [rows, sequenceLength];
        // Straight into the memory of the tensors: arrays of tokens would be garbage after every step.
        var (inputs, targets) = (empty(shape, int64), empty(shape, int64));
        var inputIds = MemoryMarshal.Cast<byte, long>(inputs.bytes);
        var targetIds = MemoryMarshal.Cast<byte, long>(targets.bytes);
        for (var row = 0; row < rows; row++)
            sampler.Read(dataStep, firstRow + row, inputIds.Slice(row * sequenceLength, sequenceLength), targetIds.Slice(row * sequenceLength, sequenceLength));
        return new TokenBatch(inputs.to(device).MoveToOuterDisposeScope(), targets.to(device).MoveToOuterDisposeScope(), inputs.numel());
    }

    /// <summary>The same rows in batches of fewer.</summary>
    /// <param name="maxRows">Most rows of a batch.</param>
    /// <returns>Views of this batch; this batch itself where it has no more rows than that.</returns>
    public IEnumerable<TokenBatch> Split(int maxRows)
    {
        var all = Inputs.shape[0];
        if (all <= maxRows)
        {
            yield return this;
            yield break;
        }
        for (var first = 0L; first < all; first += maxRows)
        {
            var count = Math.Min(maxRows, all - first);
            var targets = Targets.narrow(0, first, count);
            using var counted = targets.ne(CrossEntropy.IgnoreIndex);
            using var sum = counted.sum();
            yield return new TokenBatch(Inputs.narrow(0, first, count), targets, sum.item<long>())
            {
                SegmentStarts = SegmentStarts?.narrow(0, first, count),
                LossPositions = LossPositions is null || sum.item<long>() == 0 ? null : counted.reshape(-1).nonzero().reshape(-1),
            };
        }
    }

    /// <inheritdoc/>
    IEnumerable<IMicroBatch> IMicroBatch.Split(int maxRows) => Split(maxRows);

    /// <inheritdoc/>
    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
        SegmentStarts?.Dispose();
        LossPositions?.Dispose();
    }
}
