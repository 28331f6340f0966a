using TorchSharp;

namespace TurkishLlm.Training.Objectives;

/// <summary>
/// Seeds the random numbers of a micro-batch from (seed, data step, first row), like its data: a resumed run draws the same
/// numbers without saved state, other draws do not disturb them, and the process that has the rows does not matter.
/// </summary>
/// <remarks>Spec: CKP-04, RNK-05. Mixing: SplitMix64, Steele, Lea &amp; Flood 2014.</remarks>
public static class StepRandomness
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Seeds libtorch's generators of every device for one micro-batch.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="dataStep">The data step.</param>
    /// <param name="row">First row of the micro-batch within the step, counted over all micro-batches and processes.</param>
    public static void SeedGenerators(long seed, long dataStep, int row)
    {
        var mixed = (long)Mix(Mix((ulong)seed * Golden + (ulong)dataStep) + (ulong)row * Golden);
        torch.manual_seed(mixed).Dispose();
        // The TorchSharp function above seeds the generator of the CPU only. Without a CUDA device this one does nothing.
        torch.cuda.manual_seed_all(mixed);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
