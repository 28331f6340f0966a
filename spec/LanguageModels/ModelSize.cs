using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels;

/// <summary>Sizes of a model for TOL-MODEL, as its parameters show them.</summary>
/// <param name="Layers">Blocks: a block has at least four matrices.</param>
/// <param name="Longest">The longest axis of a matrix, other than the vocabulary.</param>
internal sealed record ModelSize(long Layers, long Longest)
{
    /// <summary>Reads the sizes; a model without matrices is taken for a large one.</summary>
    /// <param name="parameters">Parameters by name.</param>
    /// <param name="vocabulary">Number of ids.</param>
    public static ModelSize Read(IReadOnlyDictionary<string, Tensor> parameters, long vocabulary)
    {
        var shapes = parameters.Values.Where(weight => weight.ndim > 1).Select(weight => weight.shape).ToArray();
        var layers = shapes.Length == 0 ? 12 : Math.Clamp(shapes.Length / 4, 2, 64);
        return new(layers, shapes.SelectMany(shape => shape).Where(size => size != vocabulary).DefaultIfEmpty(3072).Max());
    }
}
