using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>What one forward pass learns from: tokens, and for each the token that follows it.</summary>
/// <param name="Inputs"><c>[b, t]</c>, int64.</param>
/// <param name="Targets"><c>[b, t]</c>, int64; <see cref="CrossEntropy.Ignored"/> counts for nothing.</param>
/// <param name="CountedTargets">Targets that count, known on the host so that no device is asked.</param>
public sealed record TokenBatch(Tensor Inputs, Tensor Targets, long CountedTargets) : IDisposable
{
    /// <summary>Copies rows from host memory to a device.</summary>
    /// <param name="inputs">Rows one after the other.</param>
    /// <param name="targets">Rows one after the other.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="device">Where the model is.</param>
    public static TokenBatch Create(long[] inputs, long[] targets, int rows, Device device)
    {
        long[] shape = [rows, inputs.Length / rows];
        return new TokenBatch(
            tensor(inputs, shape, device: device), tensor(targets, shape, device: device),
            targets.LongCount(target => target != CrossEntropy.Ignored));
    }

    /// <summary>Reads the rows of one micro-batch of a step.</summary>
    /// <param name="sampler">Where the windows come from.</param>
    /// <param name="step">Step of the optimizer.</param>
    /// <param name="firstRow">Row of the step that the micro-batch begins with.</param>
    /// <param name="rows">Rows of a micro-batch.</param>
    /// <param name="sequenceLength">Tokens of a row.</param>
    /// <param name="device">Where the model is.</param>
    public static TokenBatch Read(WindowSampler sampler, long step, int firstRow, int rows, int sequenceLength, Device device)
    {
        using var scope = NewDisposeScope();
        long[] shape = [rows, sequenceLength];
        // Straight into the memory of the tensors: arrays of tokens would be garbage after every step.
        var (inputs, targets) = (empty(shape, int64), empty(shape, int64));
        var inputIds = MemoryMarshal.Cast<byte, long>(inputs.bytes);
        var targetIds = MemoryMarshal.Cast<byte, long>(targets.bytes);
        for (var row = 0; row < rows; row++)
            sampler.Read(step, firstRow + row, inputIds.Slice(row * sequenceLength, sequenceLength), targetIds.Slice(row * sequenceLength, sequenceLength));
        return new TokenBatch(inputs.to(device).MoveToOuterDisposeScope(), targets.to(device).MoveToOuterDisposeScope(), inputs.numel());
    }

    /// <summary>The same rows in batches of fewer.</summary>
    /// <param name="rows">Most rows of a batch.</param>
    /// <returns>Views of this batch; this batch itself where it has no more rows than that.</returns>
    public IEnumerable<TokenBatch> Split(int rows)
    {
        var all = Inputs.shape[0];
        if (all <= rows)
        {
            yield return this;
            yield break;
        }
        for (var first = 0L; first < all; first += rows)
        {
            var count = Math.Min(rows, all - first);
            var targets = Targets.narrow(0, first, count);
            using var counted = targets.ne(CrossEntropy.Ignored);
            using var sum = counted.sum();
            yield return new TokenBatch(Inputs.narrow(0, first, count), targets, sum.ToInt64());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
    }
}
