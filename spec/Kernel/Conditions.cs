using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification;

/// <summary>The conditions under which a requirement is judged: device, number type and seed.</summary>
/// <remarks>A derived class adds what its requirements read, such as the configuration and the data of a run.</remarks>
public class Conditions : IDisposable
{
    /// <summary>Creates conditions.</summary>
    /// <param name="device">Device of all tensors; the CPU if it is null.</param>
    /// <param name="numberType">
    /// Number type of matrix products: float32, bfloat16, or float64, which is judged with the bounds of float32.
    /// </param>
    /// <param name="seed">Seed of every random number of a requirement.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no tolerances for the number type.</exception>
    public Conditions(Device? device = null, ScalarType numberType = ScalarType.Float32, long seed = 1)
    {
        if (numberType is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float64))
            throw new ArgumentOutOfRangeException(
                nameof(numberType), numberType, "There are tolerances for Float32, BFloat16 and Float64.");
        (Device, NumberType, Seed) = (device ?? CPU, numberType, seed);
    }

    /// <summary>The CPU, float32, seed 1.</summary>
    public static Conditions Cpu { get; } = new();

    /// <summary>Device of all tensors.</summary>
    public Device Device { get; }

    /// <summary>Number type of matrix products.</summary>
    public ScalarType NumberType { get; }

    /// <summary>Seed of every random number of a requirement.</summary>
    public long Seed { get; }

    /// <summary>True if requirements make further cases from the plan of a run.</summary>
    public virtual bool HasPlan => false;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the conditions opened.</summary>
    /// <param name="disposing">True if it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
