using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification;

/// <summary>
/// Random inputs of requirements, drawn on the CPU from the seed of the conditions, so that every device gets the same values.
/// </summary>
public static class RandomValues
{
    /// <summary>Standard normal numbers times <paramref name="scale"/>, float32.</summary>
    /// <param name="at">Seed and device.</param>
    /// <param name="salt">Selects the random stream.</param>
    /// <param name="scale">Standard deviation.</param>
    /// <param name="shape">Sizes of the axes.</param>
    public static Tensor Normal(this Conditions at, long salt, double scale, params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var generator = at.CreateGenerator(salt);
        return (randn(shape, float32, generator: generator) * scale).to(at.Device).MoveToOuterDisposeScope();
    }

    /// <summary>Ids 0 … <paramref name="vocabulary"/> − 1, int64.</summary>
    public static Tensor Ids(this Conditions at, long salt, int vocabulary, params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var generator = at.CreateGenerator(salt);
        return randint(0, vocabulary, shape, generator: generator).to(at.Device).MoveToOuterDisposeScope();
    }

    /// <summary>Creates a generator for a separate random stream.</summary>
    public static Generator CreateGenerator(this Conditions at, long salt) => new(unchecked((ulong)(at.Seed * 1_000_003 + salt)));
}
