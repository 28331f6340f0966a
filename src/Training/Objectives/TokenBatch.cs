using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives;

/// <summary>Tokens and targets of a micro-batch: the target of a token is the token that follows it.</summary>
/// <param name="Inputs"><c>[b, t]</c>, int64.</param>
/// <param name="Targets"><c>[b, t]</c>, int64; <see cref="CrossEntropy.IgnoreIndex"/> is ignored.</param>
/// <param name="LossTerms">
/// Number of targets that are not ignored. Known on the host, so no device has to be synchronized.
/// </param>
public sealed record TokenBatch(Tensor Inputs, Tensor Targets, long LossTerms) : IMicroBatch
{
    /// <summary>
    /// First position that each position may attend to, <c>[b, t]</c>, int64; null if all attend to the whole row. See <see
    /// cref="LanguageModel.ForwardHidden"/>.
    /// </summary>
    public Tensor? SegmentStarts { get; private init; }

    /// <summary>
    /// Positions of targets that are not ignored, <c>[n]</c>, int64, in the flattened rows; null if all or none are.
    /// </summary>
    public Tensor? LossPositions { get; private init; }

    /// <summary>Copies rows from host memory to a device.</summary>
    /// <param name="inputs">The rows, concatenated.</param>
    /// <param name="targets">The rows, concatenated.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="device">Device of the model.</param>
    /// <param name="segmentStarts">
    /// For each position, the first position of its row that it may attend to; null if all attend to the whole row.
    /// </param>
    public static TokenBatch Create(long[] inputs, long[] targets, int rows, Device device, long[]? segmentStarts = null)
    {
        long[] shape = [rows, inputs.Length / rows];
        var counted = targets
            .Index()
            .Where(target => target.Item != CrossEntropy.IgnoreIndex)
            .Select(target => (long)target.Index)
            .ToArray();
        return new TokenBatch(tensor(inputs, shape, device: device), tensor(targets, shape, device: device), counted.Length)
        {
            SegmentStarts = segmentStarts is null ? null : tensor(segmentStarts, shape, device: device),
            LossPositions =
                counted.Length == 0 || counted.Length == targets.Length
                    ? null
                    : tensor(counted, [counted.Length], device: device),
        };
    }

    /// <summary>Computes the sum of the losses of all targets.</summary>
    /// <param name="model">The model.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <param name="scale">Factor of each loss.</param>
    /// <returns>Nats, a single float32.</returns>
    public Tensor LossSum(LanguageModel model, bool training = false, double scale = 1) =>
        model.ComputeLossSum(Inputs, Targets, training, scale, SegmentStarts, LossPositions);

    /// <inheritdoc/>
    public double Backward(LanguageModel model, double scale, bool training)
    {
        var loss = LossSum(model, training, scale);
        FusedOperators.Backward(loss);
        return loss.ToDouble();
    }

    /// <summary>Reads the rows of one micro-batch of a step.</summary>
    /// <param name="sampler">The source of the windows.</param>
    /// <param name="dataStep">The data step.</param>
    /// <param name="firstRow">First row of the micro-batch within the step.</param>
    /// <param name="rows">Rows of the micro-batch.</param>
    /// <param name="sequenceLength">Tokens of a row.</param>
    /// <param name="device">Device of the model.</param>
    public static TokenBatch Read(WindowSampler sampler, long dataStep, int firstRow, int rows, int sequenceLength, Device device)
    {
        using var scope = NewDisposeScope();
        long[] shape = [rows, sequenceLength];
        // Written straight into the memory of the tensors: arrays would be garbage after every step.
        var (inputs, targets) = (empty(shape, int64), empty(shape, int64));
        var inputIds = MemoryMarshal.Cast<byte, long>(inputs.bytes);
        var targetIds = MemoryMarshal.Cast<byte, long>(targets.bytes);
        for (var row = 0; row < rows; row++)
            sampler.Read(
                dataStep, firstRow + row, inputIds.Slice(row * sequenceLength, sequenceLength),
                targetIds.Slice(row * sequenceLength, sequenceLength));
        return new TokenBatch(
            inputs.to(device).MoveToOuterDisposeScope(), targets.to(device).MoveToOuterDisposeScope(),
            inputs.numel());
    }

    /// <summary>Splits the rows into smaller batches.</summary>
    /// <param name="maxRows">Largest number of rows of a batch.</param>
    /// <returns>Views of this batch; this batch itself if it has no more rows than that.</returns>
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
