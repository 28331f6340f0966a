using TorchSharp;
using TurkishLlm.Model;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>The gradient of one step, gathered over micro-batches that do not fit into memory together.</summary>
/// <remarks>
/// Every token of the step weighs the same: the sum of all losses is divided by the number of counted targets of the
/// whole step, never by micro-batch, so that k micro-batches give the gradient of one large batch even when they count
/// unequal numbers of tokens. Spec: P60, ACC.
/// </remarks>
public static class AccumulatedGradient
{
    /// <summary>Leaves the step's gradient on what learns, in place of whatever was there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="microBatches">All micro-batches of the step; each is read once, in order.</param>
    /// <param name="countedTargets">Targets that count in the whole step.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <returns>Mean loss per counted target of the step, in nats.</returns>
    /// <exception cref="ArgumentException">The micro-batches do not hold that many counted targets, or none at all.</exception>
    public static double Compute(LanguageModel model, IEnumerable<IMicroBatch> microBatches, long countedTargets, bool training = true)
    {
        model.Trained.ClearGradients();
        var sum = 0.0;
        var seen = 0L;
        foreach (var batch in microBatches)
        {
            using var scope = NewDisposeScope();
            sum += batch.Backward(model, 1.0 / countedTargets, training);
            seen += batch.CountedTargets;
        }
        if (seen == 0) throw new ArgumentException("No target of the step counts, so there is nothing to learn from it.", nameof(microBatches));
        if (seen != countedTargets)
            throw new ArgumentException($"The step was announced with {countedTargets} counted targets but has {seen}.", nameof(countedTargets));
        return sum;
    }
}
