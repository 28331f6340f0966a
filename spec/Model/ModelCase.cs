using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>A small model and a batch for it. All sizes differ, so that swapped axes are detected.</summary>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Query heads; divide the width.</param>
/// <param name="KeyValueHeads">Key/value heads; divide the query heads.</param>
/// <param name="Inner">Width inside the feed-forward network.</param>
/// <param name="Batch">Rows.</param>
/// <param name="Time">Tokens of a row.</param>
/// <param name="Tied">True when the head is the embedding.</param>
/// <param name="Vocabulary">Entries of the vocabulary.</param>
/// <param name="Dropout">Share of activations dropped in training.</param>
public sealed record ModelCase(
    int Width, int Layers, int Heads, int KeyValueHeads, int Inner, int Batch, int Time,
    bool Tied = true, int Vocabulary = 283, double Dropout = 0)
{
    /// <summary>
    /// The cases of most requirements: heads in groups of two, several rows, tied and untied. Dropout is configured in one of
    /// them: outside training it must change nothing.
    /// </summary>
    internal static IReadOnlyList<ModelCase> Usual { get; } =
        [
            new(Width: 40, 3, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 2, Time: 13),
            new(
                Width: 48, 2, Heads: 6, KeyValueHeads: 3, Inner: 56, Batch: 3, Time: 7, Tied: false, Vocabulary: 307,
                Dropout: 0.2),
        ];

    /// <summary>
    /// The sizes of the run's model and its vocabulary; two blocks at most and two short rows, so that the oracle takes a second.
    /// </summary>
    internal static IReadOnlyList<ModelCase> FromPlan(Conditions at) => [WithSizesOf(at.Model, 2, 7)];

    /// <summary>The sizes of the run's model with a small vocabulary, where the size of the vocabulary cannot matter.</summary>
    internal static IReadOnlyList<ModelCase> FewTokensFromPlan(Conditions at) => [WithFewTokens(at, 7) with { Batch = 2 }];

    /// <summary>The same, if the head of the run's model is the embedding.</summary>
    internal static IReadOnlyList<ModelCase> TiedFromPlan(Conditions at) => at.Model.TieEmbeddings ? FewTokensFromPlan(at) : [];

    /// <summary>The sizes of the run's model with a small vocabulary and one row.</summary>
    internal static ModelCase WithFewTokens(Conditions at, int time) =>
        WithSizesOf(at.Model, 1, time) with { Vocabulary = Math.Max(283, time) };

    /// <summary>A tied model that differs from the first of the usual cases in everything else.</summary>
    internal static ModelCase SmallTied { get; } =
        new(Width: 24, 2, Heads: 6, KeyValueHeads: 3, Inner: 56, Batch: 3, Time: 5, Vocabulary: 307, Dropout: 0.1);

    /// <summary>The configuration. Its ε is large enough to matter for small activations.</summary>
    internal ModelConfig Config =>
        new(
            Vocabulary, Width, Layers, Heads, KeyValueHeads, Inner, maxSeqLen: Math.Max(128, Time), Dropout, Tied,
            normEps: 1e-3);

    internal TransformerSizes Sizes => SizesOf(Config);

    internal long Tokens => (long)Batch * Time;

    internal int HeadSize => Width / Heads;

    /// <summary>TOL-MODEL for this model under the run's number type.</summary>
    internal double Allowed(Conditions at) => Allowed(at.ComputeType);

    internal double Allowed(ComputeType type) => Tolerance.Model(type.NumberType, Layers, Math.Max(Inner, Width));

    /// <summary>TOL-MODEL for the gradients of this model.</summary>
    internal double AllowedGradient(Conditions at) => AllowedGradient(at.ComputeType);

    internal double AllowedGradient(ComputeType type) => Tolerance.ModelGradient(type.NumberType, Layers, Math.Max(Inner, Width));

    /// <summary>Random ids; the first row begins with the last id and 0.</summary>
    internal Tensor Ids(Conditions at, long salt = 1)
    {
        var ids = at.Ids(salt, Vocabulary, Batch, Time);
        if (Time < 2) return ids;
        ids[0, 0] = tensor(Vocabulary - 1L, device: at.Device);
        ids[0, 1] = tensor(0L, device: at.Device);
        return ids;
    }

    /// <summary>Targets, about a third of which are ignored.</summary>
    internal Tensor Targets(Conditions at, long salt = 2)
    {
        using var scope = NewDisposeScope();
        return Ids(at, salt)
            .masked_fill(at.Ids(salt + 1000, 3, Batch, Time).eq(0), CrossEntropy.IgnoreIndex)
            .MoveToOuterDisposeScope();
    }

    private static ModelCase WithSizesOf(ModelConfig model, int batch, int time) => new(
        model.NHeads * HeadSizeOf(model), Math.Min(2, model.NLayers), model.NHeads, model.NKvHeads, model.DFf, batch, time,
        model.TieEmbeddings, model.VocabSize);

    /// <summary>The head size of the run's model, or a larger one with a width of 24, from which on TOL-MODEL holds.</summary>
    internal static int HeadSizeOf(ModelConfig model) => Math.Max(model.HeadDim, (23 + model.NHeads) / model.NHeads);

    internal static TransformerSizes SizesOf(ModelConfig c) =>
        new(c.VocabSize, c.DModel, c.NLayers, c.NHeads, c.NKvHeads, c.DFf, c.TieEmbeddings, c.NormEps);

    /// <summary>
    /// Creates weights for which every part of the model has a visible effect: matrices that keep the scale of their input, a
    /// small
    /// embedding, norm weights other than one. Those of <see cref="WeightInitializer"/> would hide scores and norms.
    /// Matrices are rounded to bfloat16, so that products in it get the same inputs as the oracle.
    /// </summary>
    internal static ParameterTable Weights(ModelConfig config, Conditions at, long salt = 77)
    {
        using var generator = at.CreateGenerator(salt);
        return ParameterTable.Create(config, (name, shape) =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var draw = randn(shape, float32, generator: generator);
            var weight = shape.Length == 1 ? draw * 0.1 + 1
                : name is "embed_tokens.weight" or "lm_head.weight" ? draw * 0.05
                : draw * (1 / Math.Sqrt(shape[1]));
            return (shape.Length == 1 ? weight : weight.to(bfloat16).to(float32)).to(at.Device).MoveToOuterDisposeScope();
        });
    }
}
