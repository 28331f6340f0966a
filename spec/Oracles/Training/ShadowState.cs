namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>Everything that a step of training changes.</summary>
/// <param name="Weights">All weights of the model, or those of its adapter.</param>
/// <param name="FirstMoments">Running means of the gradients of the weights that are trained.</param>
/// <param name="SecondMoments">Running means of their squares.</param>
/// <param name="OptimizerSteps">Number of steps that the moments contain.</param>
public sealed record ShadowState(
    IReadOnlyDictionary<string, double[]> Weights, IReadOnlyDictionary<string, double[]> FirstMoments,
    IReadOnlyDictionary<string, double[]> SecondMoments, long OptimizerSteps)
{
    /// <summary>Running sums of the gradients of the matrices that Muon updates.</summary>
    public IReadOnlyDictionary<string, double[]> Momenta { get; init; } =
        new Dictionary<string, double[]>(StringComparer.Ordinal);

    /// <summary>Moving average of the weights; empty without one.</summary>
    public IReadOnlyDictionary<string, double[]> Average { get; init; } =
        new Dictionary<string, double[]>(StringComparer.Ordinal);

    /// <summary>Number of weights that the average contains; null without one.</summary>
    public long? AverageUpdates { get; init; }

    /// <summary>Returns all tensors of the optimizer for a weight.</summary>
    public IEnumerable<double[]> OptimizerTensors(string name) => new[] { FirstMoments, SecondMoments, Momenta }
        .Select(table => table.GetValueOrDefault(name)).OfType<double[]>();

    /// <summary>Reads the state from the files of a checkpoint.</summary>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <param name="optimizerSteps">Number of steps that the moments contain.</param>
    /// <param name="averageUpdates">Number of weights that the average contains; null without one.</param>
    public static ShadowState Read(string folder, long optimizerSteps, long? averageUpdates = null)
    {
        var (adapter, average) = (Path.Combine(folder, "adapter.safetensors"), Path.Combine(folder, "ema.safetensors"));
        var moments = WeightFileOracle.Read(Path.Combine(folder, "optimizer.safetensors"));
        return new(
            WeightFileOracle.Read(File.Exists(adapter) ? adapter : Path.Combine(folder, "model.safetensors")),
            Select("exp_avg."), Select("exp_avg_sq."), optimizerSteps)
        {
            Momenta = Select("momentum_buffer."),
            Average = File.Exists(average)
                ? WeightFileOracle.Read(average) : new Dictionary<string, double[]>(StringComparer.Ordinal),
            AverageUpdates = averageUpdates,
        };

        Dictionary<string, double[]> Select(string prefix) => moments
            .Where(moment => moment.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(moment => moment.Key[prefix.Length..], moment => moment.Value, StringComparer.Ordinal);
    }
}
