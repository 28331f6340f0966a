using System.Diagnostics.CodeAnalysis;

namespace TurkishLlm.Kernels.Packed;

/// <summary>Number type of packed weights. Activations and sums are float32 with each of them.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "float32 is what the field calls it.")]
public enum PackedType
{
    /// <summary>The weights as they are: 4 bytes per weight.</summary>
    Float32,

    /// <summary>Weights rounded to bfloat16, to nearest with ties to even: 2 bytes per weight.</summary>
    BFloat16,

    /// <summary>
    /// Blocks of 32 consecutive inputs of an output as integers from −127 to 127 with a common scale: 1.125 bytes per weight.
    /// </summary>
    Int8,
}
