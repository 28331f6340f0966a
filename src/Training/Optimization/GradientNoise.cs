using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// Estimates the noise of the gradient from the norms of a small and of a large batch: the first micro-batch of every process,
/// and the whole step.
/// </summary>
/// <remarks>
/// The first micro-batch suffices, because its gradient can be measured before others are added, without memory of its own. From
/// E‖g‖² = ‖G‖² + tr Σ ÷ n for a batch of n loss terms follow both unknowns. Source: McCandlish et al. 2018, "An empirical model
/// of large-batch training", arXiv:1812.06162, appendix A.1. Spec: OPT-28, SHD-01.
/// </remarks>
/// <param name="parameters">The trained weights.</param>
public sealed class GradientNoise(ParameterTable parameters)
{
    private double _squaredNorm;
    private long _terms, _stepTerms;

    /// <summary>Passes micro-batches on and measures the gradient of the first one with loss terms.</summary>
    /// <param name="microBatches">The micro-batches of this process.</param>
    /// <param name="stepTerms">Loss terms of the whole step, by which every loss is divided.</param>
    /// <returns>The micro-batches. The gradient of one must be computed before the next is read.</returns>
    public IEnumerable<IMicroBatch> Watch(IEnumerable<IMicroBatch> microBatches, long stepTerms)
    {
        ArgumentNullException.ThrowIfNull(microBatches);
        (_squaredNorm, _terms, _stepTerms) = (0, 0, stepTerms);
        foreach (var batch in microBatches)
        {
            var terms = batch.LossTerms;
            yield return batch;
            if (_terms > 0 || terms == 0 || GradientClipping.ComputeGlobalNorm(parameters) is not { } norm) continue;
            var mean = norm * stepTerms / terms;
            (_squaredNorm, _terms) = (mean * mean, terms);
        }
    }

    /// <summary>Estimates the noise of the step that was watched. All processes call it.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="norm">Norm of the gradient of the whole step.</param>
    /// <returns>Null if the step had a single micro-batch with loss terms, or its gradient is not finite.</returns>
    public GradientNoiseMetrics? Measure(IProcessGroup group, double norm)
    {
        ArgumentNullException.ThrowIfNull(group);
        var count = group.AllReduceSum(_terms > 0 ? 1L : 0L);
        var square = group.AllReduceSum(_squaredNorm) / count;
        var inverseTerms = group.AllReduceSum(_terms > 0 ? 1.0 / _terms : 0) / count;
        return count == 0 || _stepTerms * inverseTerms <= 1 || !double.IsFinite(norm + square)
            ? null : Estimate(square, inverseTerms, norm * norm, _stepTerms);
    }

    /// <summary>Estimates gradient and variance.</summary>
    /// <param name="smallSquare">Mean squared norm of the gradients of small batches.</param>
    /// <param name="inverseTerms">Mean of one over their numbers of loss terms.</param>
    /// <param name="largeSquare">Squared norm of the gradient of the large batch.</param>
    /// <param name="largeTerms">Its number of loss terms.</param>
    public static GradientNoiseMetrics Estimate(
        double smallSquare, double inverseTerms, double largeSquare, double largeTerms)
    {
        var difference = inverseTerms - 1 / largeTerms;
        return new(
            (largeSquare * inverseTerms - smallSquare / largeTerms) / difference, (smallSquare - largeSquare) / difference);
    }
}
