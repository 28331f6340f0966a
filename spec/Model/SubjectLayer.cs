using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Sizes of a layer and its input.</summary>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Positions.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key/value heads; divide the query heads.</param>
/// <param name="HeadSize">Features of a head.</param>
/// <param name="Inner">Width inside the feed-forward network.</param>
public sealed record LayerCase(int Batch, int Time, int Heads, int KeyValueHeads, int HeadSize, int Inner = 56)
{
    /// <summary>Heads, key/value heads, head size and length differ; several rows.</summary>
    internal static IReadOnlyList<LayerCase> Usual { get; } = [new(2, 11, 4, 2, 10), new(3, 7, 6, 3, 8, 40)];

    /// <summary>The heads and widths of the run's model, and two short rows.</summary>
    internal static IReadOnlyList<LayerCase> FromPlan(Conditions at) => [WithSizesOf(at.Model, 2, 7)];

    /// <summary>
    /// The heads and widths of the run's model, and one row of the run's length, of four tokens at least, from which on TOL-MODEL
    /// holds.
    /// </summary>
    internal static IReadOnlyList<LayerCase> FromPlanAtFullLength(Conditions at) =>
        [WithSizesOf(at.Model, 1, Math.Max(4, at.Plan.Training.SequenceLength))];

    internal int Width => Heads * HeadSize;

    internal ModelConfig Config =>
        new(ModelConfig.MinVocabSize, Width, 1, Heads, KeyValueHeads, Inner, maxSeqLen: Math.Max(64, Time), normEps: 1e-5);

    /// <summary>TOL-MODEL for one layer.</summary>
    internal double Allowed(Conditions at) => Tolerance.Model(at.NumberType, 1, Math.Max(Inner, Width));

    internal Tensor Input(Conditions at, long salt = 20) => at.Normal(salt, 1, Batch, Time, Width);

    private static LayerCase WithSizesOf(ModelConfig model, int batch, int time) =>
        new(batch, time, model.NHeads, model.NKvHeads, ModelCase.HeadSizeOf(model), model.DFf);
}

/// <summary>A layer as a requirement judges it: weights by name and a forward function. Owns its weights.</summary>
public sealed class SubjectLayer : IDisposable
{
    private readonly Func<Tensor, Tensor> _forward;

    internal SubjectLayer(ParameterTable weights, Func<Tensor, Tensor> forward) => (Weights, _forward) = (weights, forward);

    /// <summary>The weights; the layer is number 0.</summary>
    public ParameterTable Weights { get; }

    /// <summary>Computes the output, <c>[b, t, width]</c> to the same shape.</summary>
    public Tensor Forward(Tensor x) => _forward(x);

    /// <inheritdoc/>
    public void Dispose() => Weights.Dispose();

    internal static SubjectLayer Attention(LayerCase c, Conditions at)
    {
        var weights = ModelCase.Weights(c.Config, at);
        var attention = new GroupedQueryAttention(weights, 0, at.ComputeType);
        return new(weights, x =>
        {
            using var bias = new AlibiBiasCache(c.Heads, at.Device);
            return attention.Forward(x, bias);
        });
    }

    internal static SubjectLayer FeedForward(LayerCase c, Conditions at)
    {
        var weights = ModelCase.Weights(c.Config, at);
        var network = new SwiGlu(weights, 0, at.ComputeType);
        return new(weights, x => network.Forward(x));
    }

    internal static SubjectLayer Block(LayerCase c, Conditions at)
    {
        var weights = ModelCase.Weights(c.Config, at);
        var block = new TransformerBlock(weights, 0, at.ComputeType);
        return new(weights, x =>
        {
            using var bias = new AlibiBiasCache(c.Heads, at.Device);
            return block.Forward(x, bias);
        });
    }

    /// <summary>Creates impostors named after their bugs.</summary>
    internal static Impostors<LayerCase, SubjectLayer> With(
        Func<PlantedModel, Tensor, Tensor> layer, params PlantedBug[] bugs) =>
        Impostors<LayerCase, SubjectLayer>.Create(bugs, bug => Planted(layer, bug));

    internal static Func<LayerCase, Conditions, SubjectLayer> Planted(Func<PlantedModel, Tensor, Tensor> layer, PlantedBug bug) =>
        (c, at) =>
    {
        var weights = ModelCase.Weights(c.Config, at);
        return new(weights, x =>
        {
            using var model = new PlantedModel(weights, bug, at.ComputeType);
            return layer(model, x);
        });
    };

    /// <summary>Sets a weight outside the autograd graph.</summary>
    internal void Set(string name, Func<Tensor, Tensor> value)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        Weights[$"layers.0.{name}.weight"].copy_(value(Weights[$"layers.0.{name}.weight"]));
    }
}
