using System.Diagnostics.CodeAnalysis;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Number type of matrix products. Weights, moments, statistics of norms, softmax and loss are always float32.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "float32 is what the field calls it.")]
public enum ComputeType
{
    /// <summary>32 bits: 8 for the exponent, 23 for the fraction.</summary>
    Float32,

    /// <summary>16 bits: 8 for the exponent, 7 for the fraction. The range of float32, so no loss scaling is needed.</summary>
    BFloat16,
}
