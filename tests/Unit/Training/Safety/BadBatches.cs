using TorchSharp;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

/// <summary>
/// Environments in which some batches have no finite gradient. The batches depend on their tokens alone, so a resumed run meets
/// the same ones.
/// </summary>
internal static class BadBatches
{
    /// <summary>Changes the loss of about one batch in five.</summary>
    /// <param name="spoil">Changes a loss.</param>
    public static RunEnvironment OneInFive(Func<double, double> spoil) => new()
    {
        ComputeGradient = (model, microBatches, counted) =>
        {
            var batches = microBatches.ToList();
            var loss = GradientAccumulation.Compute(model, batches, counted);
            return batches.Cast<TokenBatch>().Sum(batch => batch.Inputs.sum().ToInt64()) % 5 == 2 ? spoil(loss) : loss;
        },
    };

    /// <summary>Makes the n-th requested gradients overflow.</summary>
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
