using TorchSharp;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Parameters;

/// <summary>
/// The weights of a model by checkpoint name, in the order of the forward pass. There is no reflection: every weight is in the
/// table, so optimizers, checkpoints and device moves cannot miss one.
/// </summary>
/// <remarks>Owns its tensors. Tied weights occur once, under the name of the embedding. Spec: P09–P14.</remarks>
public sealed class ParameterTable : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;

    private ParameterTable(ModelConfig config, IReadOnlyList<string> names, Dictionary<string, Tensor> tensors)
    {
        Config = config;
        Names = names;
        _tensors = tensors;
    }

    /// <summary>The configuration of the model.</summary>
    public ModelConfig Config { get; }

    /// <summary>Checkpoint names, in the order of the forward pass.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The weights, in the order of <see cref="Names"/>.</summary>
    public IEnumerable<Tensor> Tensors => Names.Select(name => _tensors[name]);

    /// <summary>Total number of elements of the tensors.</summary>
    public long ElementCount => Tensors.Sum(t => t.numel());

    /// <param name="name">A checkpoint name, such as <c>layers.0.attn.q_proj.weight</c>.</param>
    /// <exception cref="KeyNotFoundException">The model has no such weight.</exception>
    public Tensor this[string name] => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"The model has no weight named {name}.");

    /// <summary>
    /// Returns names and shapes of the weights of a model: <c>[out, in]</c> for matrices, <c>[width]</c> for norms.
    /// </summary>
    public static IEnumerable<(string Name, long[] Shape)> GetShapes(ModelConfig config)
    {
        long v = config.VocabSize, d = config.DModel, kv = (long)config.HeadDim * config.NKvHeads, ff = config.DFf;
        yield return ("embed_tokens.weight", [v, d]);
        for (var i = 0; i < config.NLayers; i++)
        {
            var layer = $"layers.{i}";
            yield return ($"{layer}.attn_norm.weight", [d]);
            yield return ($"{layer}.attn.q_proj.weight", [d, d]);
            yield return ($"{layer}.attn.k_proj.weight", [kv, d]);
            yield return ($"{layer}.attn.v_proj.weight", [kv, d]);
            yield return ($"{layer}.attn.o_proj.weight", [d, d]);
            yield return ($"{layer}.ffn_norm.weight", [d]);
            yield return ($"{layer}.ffn.gate_proj.weight", [ff, d]);
            yield return ($"{layer}.ffn.up_proj.weight", [ff, d]);
            yield return ($"{layer}.ffn.down_proj.weight", [d, ff]);
        }
        yield return ("norm.weight", [d]);
        if (!config.TieEmbeddings) yield return ("lm_head.weight", [v, d]);
        if (config.HasRewardHead) yield return (RewardHead.WeightName, [1, d]);
    }

    /// <summary>Creates the weights of a model with <paramref name="factory"/>, with gradients enabled.</summary>
    /// <param name="config">The model.</param>
    /// <param name="factory">Creates the float32 tensor of a name and shape; the table takes ownership.</param>
    /// <exception cref="ShapeException"><paramref name="factory"/> returned a tensor of another shape.</exception>
    public static ParameterTable Create(ModelConfig config, Func<string, long[], Tensor> factory) =>
        Create(config, GetShapes(config), factory);

    /// <summary>Creates a table of other tensors of a model, such as those of an <see cref="Adapter"/>.</summary>
    /// <param name="config">The model.</param>
    /// <param name="shapes">Names and shapes.</param>
    /// <param name="factory">Creates the float32 tensor of a name and shape; the table takes ownership.</param>
    /// <exception cref="ShapeException"><paramref name="factory"/> returned a tensor of another shape.</exception>
    public static ParameterTable Create(
        ModelConfig config, IEnumerable<(string Name, long[] Shape)> shapes, Func<string, long[], Tensor> factory)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        ArgumentNullException.ThrowIfNull(factory);
        var tensors = new Dictionary<string, Tensor>();
        var names = new List<string>();
        foreach (var (name, shape) in shapes)
        {
            var tensor = factory(name, shape);
            if (!tensor.shape.AsSpan().SequenceEqual(shape))
                throw new ShapeException(
                    $"{name} takes [{string.Join(", ", shape)}] but received [{string.Join(", ", tensor.shape)}].");
            names.Add(name);
            tensors.Add(name, tensor.detach().DetachFromDisposeScope().requires_grad_());
            tensor.Dispose();
        }
        return new ParameterTable(config, names, tensors);
    }

    /// <summary>Names and shapes of this table.</summary>
    public IEnumerable<(string Name, long[] Shape)> Shapes => Names.Select(name => (name, this[name].shape));

    /// <summary>Creates a table with the same names and shapes.</summary>
    /// <param name="factory">Creates the tensor of a name; the table takes ownership.</param>
    public ParameterTable CreateLike(Func<string, Tensor> factory) => Create(Config, Shapes, (name, _) => factory(name));

    /// <summary>Copies the table to a device; the copy shares no memory with this table.</summary>
    public ParameterTable CopyTo(Device device) => CreateLike(name =>
    {
        using var grad = no_grad();
        return this[name].detach().to(float32, device, copy: true);
    });

    /// <summary>Removes all gradients.</summary>
    public void ClearGradients()
    {
        foreach (var tensor in Tensors) tensor.grad = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Tensors) tensor.Dispose();
    }
}
