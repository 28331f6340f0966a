using TorchSharp;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Training.Objectives;

/// <summary>
/// Seeds the random numbers of a micro-batch from (seed, data step, first row), like its data: a resumed run draws the same
/// numbers without saved state, other draws do not disturb them, and the process that has the rows does not matter.
/// </summary>
/// <remarks>Spec: CKP-04, RNK-05. Mixing: SplitMix64, Steele, Lea &amp; Flood 2014.</remarks>
public static class StepRandomness
{
    /// <summary>Seeds libtorch's generators of every device for one micro-batch.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="dataStep">The data step.</param>
    /// <param name="row">First row of the micro-batch within the step, counted over all micro-batches and processes.</param>
    public static void SeedGenerators(long seed, long dataStep, int row)
    {
        var mixed = (long)SplitMix64.Mix(
            SplitMix64.Mix((ulong)seed * SplitMix64.Increment + (ulong)dataStep) + (ulong)row * SplitMix64.Increment);
        torch.manual_seed(mixed).Dispose();
        // The TorchSharp function above seeds the generator of the CPU only. Without a CUDA device this one does nothing.
        torch.cuda.manual_seed_all(mixed);
    }
}
