using TorchSharp;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training.Safety;

/// <summary>
/// Machines on which some batches have no gradient: which ones depends on their tokens alone, so that a run that meets
/// them again meets the same.
/// </summary>
internal static class BadBatches
{
    /// <summary>About one batch in five has another loss.</summary>
    /// <param name="spoil">What becomes of the loss.</param>
    public static Machine OneInFive(Func<double, double> spoil) => new()
    {
        Gradient = (model, microBatches, counted) =>
        {
            var batches = microBatches.ToList();
            var loss = AccumulatedGradient.Compute(model, batches, counted);
            return batches.Cast<TokenBatch>().Sum(batch => batch.Inputs.sum().ToInt64()) % 5 == 2 ? spoil(loss) : loss;
        },
    };

    /// <summary>The n-th gradients that are asked for overflow, whatever they are of.</summary>
    public static Machine At(params int[] numbers)
    {
        var asked = 0;
        return new()
        {
            Gradient = (model, microBatches, counted) =>
            {
                var loss = AccumulatedGradient.Compute(model, microBatches, counted);
                return numbers.Contains(++asked) ? double.NaN : loss;
            },
        };
    }
}
