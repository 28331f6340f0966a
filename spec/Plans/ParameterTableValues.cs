using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Spec.Plans;

/// <summary>Copies weights to the host, where the oracles run.</summary>
internal static class ParameterTableValues
{
    /// <summary>Returns all weights by name, for an oracle.</summary>
    public static Dictionary<string, double[]> Doubles(this ParameterTable parameters) =>
        parameters.Names.ToDictionary(name => name, name => parameters[name].Doubles(), StringComparer.Ordinal);
}
