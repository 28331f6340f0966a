namespace TurkishLlm.Model;

/// <summary>Parameters of a kind of weights.</summary>
/// <param name="Name">Name of the kind.</param>
/// <param name="Count">Number of parameters.</param>
/// <param name="Share">Fraction of all parameters.</param>
public sealed record ParameterShare(string Name, long Count, double Share);

/// <summary>Where the parameters of a model are, and what its KV cache takes.</summary>
/// <remarks>Source: reference report, section 7, which has the table of v1.</remarks>
public sealed class ParameterBudget
{
    private readonly ModelConfig _config;

    /// <param name="config">Sizes of the model.</param>
    public ParameterBudget(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        var (width, layers) = ((long)config.DModel, (long)config.NLayers);
        (string Name, long Count)[] parts =
        [
            ("embedding", config.VocabSize * width),
            ("attention", layers * 2 * width * (width + KeyValueWidth)),      // q and o, k and v
            ("feed-forward", layers * 3 * width * config.DFf),
            ("norms", (2 * layers + 1) * width),
            ("output projection", config.TieEmbeddings ? 0 : config.VocabSize * width),
        ];
        Parts = [.. parts.Select(part => new ParameterShare(part.Name, part.Count, (double)part.Count / config.ParameterCount))];
    }

    /// <summary>All kinds of weights; the output projection has none of its own if it is the embedding.</summary>
    public IReadOnlyList<ParameterShare> Parts { get; }

    /// <summary>Bytes of the KV cache per token: keys and values of all layers in float32.</summary>
    public long CacheBytesPerToken => 2L * _config.NLayers * KeyValueWidth * sizeof(float);

    private int KeyValueWidth => _config.NKvHeads * (_config.DModel / _config.NHeads);
}
