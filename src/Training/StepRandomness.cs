using TorchSharp;

namespace TurkishLlm.Training;

/// <summary>
/// The random numbers of a step are a function of (seed, step), like its data: a resumed run draws the same ones without
/// any saved state, and nothing that draws in between can disturb them.
/// </summary>
/// <remarks>Spec: CKP-04. Mixing: SplitMix64, Steele, Lea &amp; Flood 2014.</remarks>
public static class StepRandomness
{
    /// <summary>Seeds libtorch's generators of every device for one step.</summary>
    public static void Begin(long seed, long step) => torch.manual_seed(Mix(seed, step));

    private static long Mix(long seed, long step)
    {
        var z = (ulong)seed * 0x9E3779B97F4A7C15 + (ulong)step;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (long)(z ^ (z >> 31));
    }
}
