using TurkishLlm.Model.Layers;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Plans;

/// <summary>Names the number type of tensors.</summary>
public static class ComputeTypeExtensions
{
    extension(ComputeType type)
    {
        /// <summary>The number type of a tensor.</summary>
        public ScalarType NumberType => type == ComputeType.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
    }
}
