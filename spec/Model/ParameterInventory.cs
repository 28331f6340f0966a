using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Names and shapes of the weights of a model, as in a real parameter table.</summary>
/// <param name="Shapes">Shape by checkpoint name.</param>
public sealed record ParameterInventory(IReadOnlyDictionary<string, long[]> Shapes)
{
    /// <summary>Number of weights.</summary>
    public long ElementCount => Shapes.Values.Sum(shape => shape.Aggregate(1L, (count, size) => count * size));

    /// <summary>Creates the parameter table of a model on the meta device and lists it.</summary>
    internal static ParameterInventory Create(ModelConfig config)
    {
        using var parameters = ParameterTable.Create(config, (_, shape) => empty(shape, float32, META));
        return new(parameters.Names.ToDictionary(name => name, name => parameters[name].shape, StringComparer.Ordinal));
    }

    /// <summary>Returns an inventory that is changed weight by weight.</summary>
    internal ParameterInventory Transform(Func<string, long[], IEnumerable<(string Name, long[] Shape)>> change) =>
        new(Shapes.SelectMany(s => change(s.Key, s.Value)).ToDictionary(s => s.Name, s => s.Shape, StringComparer.Ordinal));

    /// <summary>Returns an inventory with one more weight.</summary>
    internal ParameterInventory With(string name, params long[] shape) =>
        new(new Dictionary<string, long[]>(Shapes, StringComparer.Ordinal) { [name] = shape });
}
