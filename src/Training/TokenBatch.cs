using TorchSharp;
using TurkishLlm.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>What one forward pass learns from: tokens, and for each the token that follows it.</summary>
/// <param name="Inputs"><c>[b, t]</c>, int64.</param>
/// <param name="Targets"><c>[b, t]</c>, int64; <see cref="CrossEntropy.Ignored"/> counts for nothing.</param>
/// <param name="CountedTargets">Targets that count, known on the host so that no device is asked.</param>
public sealed record TokenBatch(Tensor Inputs, Tensor Targets, long CountedTargets) : IMicroBatch
{
    /// <summary>The first position that each may read, <c>[b, t]</c>, int64; null where all read from the first. See <see cref="LanguageModel.Hidden"/>.</summary>
    public Tensor? Starts { get; private init; }

    /// <summary>Positions whose targets count, <c>[n]</c>, int64, as if all rows stood in one; null where all do, or none.</summary>
    public Tensor? Counted { get; private init; }

    /// <summary>Copies rows from host memory to a device.</summary>
    /// <param name="inputs">Rows one after the other.</param>
    /// <param name="targets">Rows one after the other.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="starts">For each position the first of its row that it may read; null where all read from the first.</param>
    public static TokenBatch Create(long[] inputs, long[] targets, int rows, Device device, long[]? starts = null)
    {
        long[] shape = [rows, inputs.Length / rows];
        var counted = targets.Index().Where(target => target.Item != CrossEntropy.Ignored).Select(target => (long)target.Index).ToArray();
        return new TokenBatch(tensor(inputs, shape, device: device), tensor(targets, shape, device: device), counted.Length)
        {
            Starts = starts is null ? null : tensor(starts, shape, device: device),
            Counted = counted.Length == 0 || counted.Length == targets.Length ? null : tensor(counted, [counted.Length], device: device),
        };
    }

    /// <summary>The sum of the losses of all targets that count.</summary>
    /// <param name="model">Where the rows go through.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <param name="scale">What each loss counts, such as one over the targets of a step.</param>
    /// <returns>Nats, a single float32.</returns>
    public Tensor LossSum(LanguageModel model, bool training = false, double scale = 1) =>
        model.LossSum(Inputs, Targets, training, scale, Starts, Counted);

    /// <inheritdoc/>
    public double Backward(LanguageModel model, double scale, bool training)
    {
        var loss = LossSum(model, training, scale);
        loss.backward();
        return loss.ToDouble();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
        Starts?.Dispose();
        Counted?.Dispose();
    }
}
