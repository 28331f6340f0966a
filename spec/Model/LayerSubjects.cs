using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>The layers of this project as requirements judge them, and those of a planted model.</summary>
internal static class LayerSubjects
{
    /// <summary>ε of the norms.</summary>
    public const double Epsilon = 1e-5;

    private static readonly string[] Names =
    [
        "attn_norm", "attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.o_proj",
        "ffn_norm", "ffn.gate_proj", "ffn.up_proj", "ffn.down_proj",
    ];

    /// <summary>Creates the attention of a block.</summary>
    public static SubjectLayer Attention(LayerCase c, Conditions at)
    {
        var weights = CreateTable(c, at);
        var attention = new GroupedQueryAttention(weights, 0, at.ComputeType);
        return Create(weights, x =>
        {
            using var bias = new AlibiBiasCache(c.Heads, at.Device);
            return attention.Forward(x, bias);
        });
    }

    /// <summary>Creates the feed-forward network of a block.</summary>
    public static SubjectLayer FeedForward(LayerCase c, Conditions at)
    {
        var weights = CreateTable(c, at);
        var network = new SwiGlu(weights, 0, at.ComputeType);
        return Create(weights, x => network.Forward(x));
    }

    /// <summary>Creates a block.</summary>
    public static SubjectLayer Block(LayerCase c, Conditions at)
    {
        var weights = CreateTable(c, at);
        var block = new TransformerBlock(weights, 0, at.ComputeType);
        return Create(weights, x =>
        {
            using var bias = new AlibiBiasCache(c.Heads, at.Device);
            return block.Forward(x, bias);
        });
    }

    /// <summary>Creates impostors named after their bugs.</summary>
    public static Impostors<LayerCase, SubjectLayer> With(
        Func<PlantedModel, Tensor, Tensor> layer, params PlantedBug[] bugs) =>
        Impostors<LayerCase, SubjectLayer>.Create(bugs, bug => Planted(layer, bug));

    /// <summary>Creates a layer of a planted model.</summary>
    public static Func<LayerCase, Conditions, SubjectLayer> Planted(Func<PlantedModel, Tensor, Tensor> layer, PlantedBug bug) =>
        (c, at) =>
    {
        var weights = CreateTable(c, at);
        return Create(weights, x =>
        {
            using var model = new PlantedModel(weights, bug, at.ComputeType);
            return layer(model, x);
        });
    };

    private static SubjectLayer Create(ParameterTable weights, Func<Tensor, Tensor> forward) =>
        new(new(Names.ToDictionary(name => name, name => weights[$"layers.0.{name}.weight"])), forward, weights);

    // The weights of the case, which the impostors have too, and norm weights other than one.
    private static ParameterTable CreateTable(LayerCase c, Conditions at)
    {
        var config = new ModelConfig(
            ModelConfig.MinVocabSize, c.Width, 1, c.Heads, c.KeyValueHeads, c.Inner, maxSeqLen: Math.Max(64, c.Time),
            normEps: Epsilon);
        var table = ModelCase.Weights(config, at);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var drawn = c.CreateWeights(at);
        foreach (var name in drawn.Names) table[$"layers.0.{name}.weight"].copy_(drawn[name]);
        return table;
    }
}
