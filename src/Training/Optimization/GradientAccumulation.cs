using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// Accumulates the gradient of a step, or of the part of a step that one process has, over several micro-batches.
/// </summary>
/// <remarks>
/// Every loss term of the step has the same weight: the sum of all losses is divided by the number of loss terms of the whole
/// step, never per micro-batch or process. So k micro-batches give the gradient of one large batch even if their numbers of loss
/// terms differ. Spec: P60, ACC, RNK.
/// </remarks>
public static class GradientAccumulation
{
    /// <summary>
    /// Computes the gradient of the micro-batches on the trainable parameters, replacing their previous gradients.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="microBatches">All micro-batches of the step in this process; each is read once, in order.</param>
    /// <param name="lossTerms">Loss terms of these micro-batches, and of the whole step.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <returns>Contribution of the micro-batches to the mean loss of the step, in nats.</returns>
    /// <exception cref="ArgumentException">The micro-batches have another number of loss terms, or the step has none.</exception>
    public static double Compute(
        LanguageModel model, IEnumerable<IMicroBatch> microBatches, LossTermCount lossTerms,
        bool training = true)
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
            throw new ArgumentException("The step has no loss terms, so it has no gradient.", nameof(microBatches));
        if (seen != lossTerms.Local)
            throw new ArgumentException(
                $"The step was announced with {lossTerms.Local} loss terms but has {seen}.", nameof(lossTerms));
        return sum;
    }
}

/// <summary>Numbers of loss terms.</summary>
/// <param name="Local">Loss terms in the micro-batches of one process.</param>
/// <param name="Global">Loss terms in the whole step, over all processes: the divisor of the losses.</param>
public readonly record struct LossTermCount(long Local, long Global)
{
    /// <summary>Converts the number of loss terms of a step in a single process.</summary>
    public static implicit operator LossTermCount(long counted) => new(counted, counted);
}
