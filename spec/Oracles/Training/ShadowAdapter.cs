namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>A low-rank adapter: to each of some matrices W it adds (alpha ÷ rank)·B·A.</summary>
/// <param name="Rank">Rows of A.</param>
/// <param name="Alpha">Strength, before the division by the rank.</param>
public sealed record ShadowAdapter(int Rank, double Alpha)
{
    private const string Weight = ".weight", A = ".lora_a", B = ".lora_b";

    /// <summary>Merges the adapter into the weights of its base model.</summary>
    public Dictionary<string, double[]> Merge(
        IReadOnlyDictionary<string, double[]> weights, IReadOnlyDictionary<string, double[]> adapter) => weights.ToDictionary(
        weight => weight.Key,
        weight => Module(weight.Key) is var module && adapter.TryGetValue(module + A, out var a)
            ? LoraOracle.Merge(weight.Value, a, adapter[module + B], Rank, Alpha)
            : weight.Value,
        StringComparer.Ordinal);

    /// <summary>Converts gradients by the merged matrices to gradients by A and B.</summary>
    public Dictionary<string, double[]> Convert(
        IReadOnlyDictionary<string, double[]> gradients, IReadOnlyDictionary<string, double[]> adapter)
    {
        var converted = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var (name, gradient) in gradients)
            if (Module(name) is var module && adapter.TryGetValue(module + A, out var a))
                (converted[module + A], converted[module + B]) =
                    LoraOracle.Backward(gradient, a, adapter[module + B], Rank, Alpha);
        return converted;
    }

    private static string Module(string name) =>
        name.EndsWith(Weight, StringComparison.Ordinal) ? name[..^Weight.Length] : name;
}
