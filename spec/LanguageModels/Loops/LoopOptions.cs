using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>The options with which a requirement creates a training loop.</summary>
/// <param name="Seed">Seed of the weights and of everything random.</param>
public sealed record LoopOptions(long Seed)
{
    /// <summary>Device of the loop.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Number type of the products of the model.</summary>
    public ScalarType NumberType { get; init; } = ScalarType.Float32;

    /// <summary>λ of the parameters that decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Limit of the gradient norm; null for no limit.</summary>
    public double? MaxNorm { get; init; }

    /// <summary>Largest learning rate.</summary>
    public double PeakRate { get; init; } = 3e-3;

    /// <summary>Number of steps of the schedule.</summary>
    public long Steps { get; init; } = 100;

    /// <summary>Number of warm-up steps.</summary>
    public long Warmup { get; init; }

    /// <summary>Probability of dropout; a model without dropout ignores it.</summary>
    public double Dropout { get; init; }

    internal static LoopOptions For(Conditions at) => new(at.Seed) { Device = at.Device, NumberType = at.NumberType };
}
