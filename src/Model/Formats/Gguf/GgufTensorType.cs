using System.Diagnostics.CodeAnalysis;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>Element types of GGUF tensors that can be read and written. The values are those of the format.</summary>
/// <remarks>Source: ggml, ggml.h, <c>enum ggml_type</c>.</remarks>
public enum GgufTensorType
{
    /// <summary>IEEE single precision.</summary>
    F32 = 0,

    /// <summary>IEEE half precision.</summary>
    F16 = 1,

    /// <summary>Blocks of 32 elements: a float16 scale and 32 signed bytes; an element is scale × byte.</summary>
    [SuppressMessage("Naming", "CA1707:Identifiers should not contain underscores", Justification = "The name in the format.")]
    Q8_0 = 8,

    /// <summary>The upper half of a float32.</summary>
    BF16 = 30,
}
