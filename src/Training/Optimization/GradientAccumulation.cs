using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Optimization;

/// <summary>The gradient of one step, gathered over micro-batches that do not fit into memory together, or of the part of a step that a process has.</summary>
/// <remarks>
/// Every token of the step weighs the same: the sum of all losses is divided by the number of counted targets of the
/// whole step, never by micro-batch or process, so that k of them give the gradient of one large batch even when they count
/// unequal numbers of tokens. Spec: P60, ACC, RNK.
/// </remarks>
public static class GradientAccumulation
{
    /// <summary>Leaves the gradient of these micro-batches on what learns, in place of whatever was there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="microBatches">All micro-batches of the step that this process has; each is read once, in order.</param>
    /// <param name="lossTerms">Targets that count in them, and in the whole step.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <returns>What they add to the mean loss per counted target of the step, in nats.</returns>
    /// <exception cref="ArgumentException">The micro-batches do not hold that many counted targets, or none at all.</exception>
    public static double Compute(LanguageModel model, IEnumerable<IMicroBatch> microBatches, LossTermCount lossTerms, bool training = true)
    {
        model.TrainableParameters.ClearGradients();
        var sum = 0.0;
        var seen = 0L;
        foreach (var batch in microBatches)
        {
            using var scope = NewDisposeScope();
            sum += batch.Backward(model, 1.0 / lossTerms.Global, training);
            seen += batch.LossTerms;
        }
        if (lossTerms.Global == 0 || (seen == 0 && lossTerms.Local > 0))
            throw new ArgumentException("No target of the step counts, so there is nothing to learn from it.", nameof(microBatches));
        if (seen != lossTerms.Local)
            throw new ArgumentException($"The step was announced with {lossTerms.Local} counted targets but has {seen}.", nameof(lossTerms));
        return sum;
    }
}

/// <summary>Targets that count.</summary>
/// <param name="Local">In the micro-batches of one process.</param>
/// <param name="Global">In the whole step, over all processes: what losses are divided by.</param>
public readonly record struct LossTermCount(long Local, long Global)
{
    /// <summary>Those of a step that one process has alone.</summary>
    public static implicit operator LossTermCount(long counted) => new(counted, counted);
}
