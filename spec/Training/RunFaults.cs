using TurkishLlm.Plans;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>
/// Faults of a run at chosen data steps. The data step is recognized by the seed of its random numbers, so that a resumed run has
/// the same faults.
/// </summary>
/// <param name="Overflow">Data step with a loss that is not a number; 0 for none.</param>
/// <param name="Jump">Data step with a gradient that is ten thousand times as large; 0 for none.</param>
/// <param name="TooLarge">Data step that fits into memory only with one row per micro-batch; 0 for none.</param>
public sealed record RunFaults(long Overflow, long Jump, long TooLarge)
{
    private const double JumpFactor = 1e4;

    /// <summary>Creates an environment with the faults.</summary>
    /// <param name="plan">The plan of the run, for its seed.</param>
    public RunEnvironment CreateEnvironment(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var (overflow, jump, tooLarge) = (GetSeed(plan, Overflow), GetSeed(plan, Jump), GetSeed(plan, TooLarge));
        return new()
        {
            ComputeGradient = (model, microBatches, terms) =>
            {
                long? seed = null;
                var loss = GradientAccumulation.Compute(
                    model,
                    microBatches.Select(batch =>
                    {
                        seed ??= GetCurrentSeed();
                        if (seed == tooLarge && CountRows(batch) > 1) empty([1L << 50], uint8).Dispose();
                        return batch;
                    }),
                    terms);
                if (seed == jump)
                    using (no_grad())
                        foreach (var weight in model.TrainableParameters.Tensors) weight.grad?.mul_(JumpFactor).Dispose();
                return seed == overflow ? double.NaN : loss;
            },
        };
    }

    private static long CountRows(IMicroBatch batch) => batch is TokenBatch tokens ? tokens.Inputs.shape[0] : batch.LossTerms;

    private static long? GetSeed(TrainingPlan plan, long dataStep)
    {
        if (dataStep == 0) return null;
        StepRandomness.SeedGenerators(plan.Seed, dataStep, row: 0);
        return GetCurrentSeed();
    }

    private static long GetCurrentSeed()
    {
        using var generator = Generator.Default;
        return generator.initial_seed();
    }
}
