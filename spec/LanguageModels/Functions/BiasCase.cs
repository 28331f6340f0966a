using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Computes what is added to the scores of causal attention: −slope · distance, and −∞ for later keys.</summary>
/// <param name="heads">Query heads.</param>
/// <param name="queries">Query positions, the last ones of the keys.</param>
/// <param name="keys">Key positions.</param>
/// <returns><c>[heads, queries, keys]</c>, float32.</returns>
public delegate Tensor BiasFunction(int heads, int queries, int keys);

/// <summary>
/// Computes the slopes of linear biases: in float64, then rounded once. In float32 the exponent −8h/n is rounded first, which
/// moves a slope by more than the bounds allow.
/// </summary>
/// <param name="heads">Query heads.</param>
/// <returns>A slope per head, in the order of the heads.</returns>
public delegate float[] SlopeFunction(int heads);

/// <summary>Sizes of a bias.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="Queries">Query positions, the last ones of the keys.</param>
/// <param name="Keys">Key positions.</param>
public sealed record BiasCase(int Heads, int Queries, int Keys);

/// <summary>Slopes computed by hand.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="Slopes">In the order of the heads.</param>
public sealed record SlopeTable(int Heads, params IReadOnlyList<double> Slopes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Heads} heads";
}
