namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>How a <see cref="ReferenceGpt"/> knows positions.</summary>
public enum PositionKind
{
    /// <summary>A learned vector for each position, added to the embedding.</summary>
    Learned,

    /// <summary>Queries and keys rotated by their position.</summary>
    Rope,

    /// <summary>A bias of the scores that grows with the distance.</summary>
    Alibi,

    /// <summary>Only the causal mask.</summary>
    None,
}

/// <summary>Which norm a <see cref="ReferenceGpt"/> has.</summary>
public enum NormKind
{
    /// <summary>Division by the root mean square.</summary>
    Rms,

    /// <summary>Mean 0 and variance 1, with a bias.</summary>
    Layer,
}

/// <summary>Sizes and variants of a <see cref="ReferenceGpt"/>.</summary>
public sealed record ReferenceGptOptions
{
    /// <summary>Number of ids.</summary>
    public int Vocabulary { get; init; } = 97;

    /// <summary>Longest text.</summary>
    public int MaxLength { get; init; } = 40;

    /// <summary>Features of the residual stream.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Query heads.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Key/value heads; a divisor of <see cref="Heads"/>.</summary>
    public int KeyValueHeads { get; init; } = 2;

    /// <summary>Inner features of a feed-forward layer.</summary>
    public int Inner { get; init; } = 48;

    /// <summary>How positions are known.</summary>
    public PositionKind Position { get; init; }

    /// <summary>Which norm.</summary>
    public NormKind Norm { get; init; }

    /// <summary>True if the output projection is the embedding.</summary>
    public bool Tied { get; init; }

    /// <summary>Experts of each feed-forward layer, of which a token uses two; 0 = one dense layer.</summary>
    public int Experts { get; init; }

    /// <summary>Dropout probability of the embedding and of both branches of a block.</summary>
    public double Dropout { get; init; }

    /// <summary>Standard deviation of new matrices.</summary>
    public double Deviation { get; init; } = 0.02;

    /// <summary>Names and shapes of the parameters, in the order in which they are drawn.</summary>
    public IEnumerable<(string Name, long[] Shape)> Shapes
    {
        get
        {
            yield return ("embedding", [Vocabulary, Width]);
            if (Position == PositionKind.Learned) yield return ("positions", [MaxLength, Width]);
            foreach (var entry in Enumerable.Range(0, Layers).SelectMany(layer => BlockShapes($"layers.{layer}.")))
                yield return entry;
            foreach (var entry in NormShapes("norm")) yield return entry;
            if (!Tied) yield return ("head", [Vocabulary, Width]);
        }
    }

    private IEnumerable<(string Name, long[] Shape)> BlockShapes(string prefix)
    {
        var headSize = Width / Heads;
        foreach (var entry in NormShapes(prefix + "attention_norm")) yield return entry;
        yield return (prefix + "query", [Width, Width]);
        yield return (prefix + "key", [KeyValueHeads * headSize, Width]);
        yield return (prefix + "value", [KeyValueHeads * headSize, Width]);
        yield return (prefix + "output", [Width, Width]);
        foreach (var entry in NormShapes(prefix + "ffn_norm")) yield return entry;
        if (Experts > 0) yield return (prefix + "router", [Experts, Width]);
        for (var expert = 0; expert < Math.Max(1, Experts); expert++)
        {
            yield return ($"{prefix}gate.{expert}", [Inner, Width]);
            yield return ($"{prefix}up.{expert}", [Inner, Width]);
            yield return ($"{prefix}down.{expert}", [Width, Inner]);
        }
    }

    private IEnumerable<(string Name, long[] Shape)> NormShapes(string name)
    {
        yield return (name + ".weight", [Width]);
        if (Norm == NormKind.Layer) yield return (name + ".bias", [Width]);
    }
}
