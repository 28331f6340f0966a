using System.Diagnostics.CodeAnalysis;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Number type of matrix products. Weights, moments, statistics of norms, softmax and loss are float32 with either.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "float32 is what the field calls it.")]
public enum ComputeType
{
    /// <summary>32 bits: 8 of exponent, 23 of fraction.</summary>
    Float32,

    /// <summary>16 bits: 8 of exponent, 7 of fraction. The range of float32, so losses need no scaling.</summary>
    BFloat16,
}
