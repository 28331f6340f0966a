using TorchSharp;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

/// <summary>
/// Machines on which some batches have no gradient: which ones depends on their tokens alone, so that a run that meets
/// them again meets the same.
/// </summary>
internal static class BadBatches
{
    /// <summary>About one batch in five has another loss.</summary>
    /// <param name="spoil">What becomes of the loss.</param>
    public static RunEnvironment OneInFive(Func<double, double> spoil) => new()
    {
        ComputeGradient = (model, microBatches, counted) =>
        {
            var batches = microBatches.ToList();
            var loss = GradientAccumulation.Compute(model, batches, counted);
            return batches.Cast<TokenBatch>().Sum(batch => batch.Inputs.sum().ToInt64()) % 5 == 2 ? spoil(loss) : loss;
        },
    };

    /// <summary>The n-th gradients that are asked for overflow, whatever they are of.</summary>
    public static RunEnvironment OverflowAt(params int[] numbers)
    {
        var asked = 0;
        return new()
        {
            ComputeGradient = (model, microBatches, counted) =>
            {
                var loss = GradientAccumulation.Compute(model, microBatches, counted);
                return numbers.Contains(++asked) ? double.NaN : loss;
            },
        };
    }
}
