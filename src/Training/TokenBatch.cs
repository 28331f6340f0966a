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
    /// <param name="microBatch">Number of the micro-batch within the step.</param>
    /// <param name="rows">Rows of a micro-batch.</param>
    /// <param name="sequenceLength">Tokens of a row.</param>
    /// <param name="device">Where the model is.</param>
    public static TokenBatch Read(WindowSampler sampler, long step, int microBatch, int rows, int sequenceLength, Device device)
    {
        var inputs = new long[rows * sequenceLength];
        var targets = new long[rows * sequenceLength];
        for (var row = 0; row < rows; row++)
            sampler.Read(step, microBatch * rows + row,
                inputs.AsSpan(row * sequenceLength, sequenceLength), targets.AsSpan(row * sequenceLength, sequenceLength));
        return Create(inputs, targets, rows, device);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
    }
}
