using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Causal attention of one layer, from its queries, keys and values.</summary>
/// <param name="q">Queries, <c>[b, heads, t, d]</c>.</param>
/// <param name="k">Keys, <c>[b, key/value heads, t, d]</c>.</param>
/// <param name="v">Values, in the shape of the keys.</param>
/// <returns>The mixed values, in the shape of the queries.</returns>
public delegate Tensor AttentionHeads(Tensor q, Tensor k, Tensor v);

/// <summary>Causal attention of one layer with its projections.</summary>
/// <param name="x">Input, <c>[b, t, width]</c>.</param>
/// <param name="weights">
/// The projections. Compute with these tensors, not with copies: their gradients are compared too.
/// </param>
/// <returns>The output, in the shape of the input.</returns>
public delegate Tensor AttentionLayer(Tensor x, AttentionWeights weights);

/// <summary>A feed-forward network with SwiGLU: W_down (SiLU(W_gate x) ⊙ W_up x).</summary>
/// <param name="x">Input, <c>[b, t, width]</c>.</param>
/// <param name="gate">W_gate, <c>[inner, width]</c>.</param>
/// <param name="up">W_up, <c>[inner, width]</c>.</param>
/// <param name="down">W_down, <c>[width, inner]</c>.</param>
/// <returns>The output, in the shape of the input.</returns>
public delegate Tensor FeedForward(Tensor x, Tensor gate, Tensor up, Tensor down);

/// <summary>The projections of attention and the sizes of its heads.</summary>
/// <param name="Query"><c>[heads · d, width]</c></param>
/// <param name="Key"><c>[key/value heads · d, width]</c></param>
/// <param name="Value"><c>[key/value heads · d, width]</c></param>
/// <param name="Output"><c>[width, heads · d]</c></param>
/// <param name="Heads">Number of query heads.</param>
/// <param name="KeyValueHeads">Number of key/value heads.</param>
public sealed record AttentionWeights(Tensor Query, Tensor Key, Tensor Value, Tensor Output, int Heads, int KeyValueHeads);

/// <summary>A layer as a requirement judges it: weights by name and a forward function.</summary>
/// <param name="weights">The weights.</param>
/// <param name="forward">Computes the output, <c>[b, t, width]</c> to the same shape, float32.</param>
/// <param name="owned">An object to dispose with the layer.</param>
public sealed class SubjectLayer(LayerWeights weights, Func<Tensor, Tensor> forward, IDisposable? owned = null) : IDisposable
{
    /// <summary>The weights.</summary>
    public LayerWeights Weights => weights;

    /// <summary>Computes the output, <c>[b, t, width]</c> to the same shape.</summary>
    public Tensor Forward(Tensor x) => forward(x);

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();

    /// <summary>
    /// Returns a layer that projects, lets a function mix the values, and projects again, in the number type of the conditions.
    /// </summary>
    /// <param name="attend">The function.</param>
    public static Func<LayerCase, Conditions, SubjectLayer> From(AttentionHeads attend) => (c, at) =>
    {
        var weights = c.CreateWeights(at);
        return new(weights, x =>
        {
            Tensor Split(Tensor weight, int heads) => Products.Linear(x, weight, at.NumberType)
                .to(at.NumberType).view(c.Batch, -1, heads, c.HeadSize).transpose(1, 2).contiguous();
            var q = Split(weights.Query, c.Heads);
            var mixed = attend(q, Split(weights.Key, c.KeyValueHeads), Split(weights.Value, c.KeyValueHeads));
            if (!mixed.shape.AsSpan().SequenceEqual(q.shape))
                throw new InvalidOperationException(
                    $"The function returned {mixed.FormatShape()}, required {q.FormatShape()}, the shape of the queries.");
            return Products.Linear(mixed.transpose(1, 2).flatten(2, 3), weights.Output, at.NumberType);
        });
    };

    /// <summary>Returns attention that a function computes, in the number type of the conditions.</summary>
    /// <param name="attention">The function.</param>
    public static Func<LayerCase, Conditions, SubjectLayer> From(AttentionLayer attention) => (c, at) =>
    {
        var weights = c.CreateWeights(at);
        return new(weights, x =>
        {
            var cast = weights.To(at.NumberType);
            return attention(
                x.to(at.NumberType), new(cast.Query, cast.Key, cast.Value, cast.Output, c.Heads, c.KeyValueHeads)).to(float32);
        });
    };

    /// <summary>Returns a feed-forward network that a function computes, in the number type of the conditions.</summary>
    /// <param name="network">The function.</param>
    public static Func<LayerCase, Conditions, SubjectLayer> From(FeedForward network) => (c, at) =>
    {
        var weights = c.CreateWeights(at);
        return new(weights, x =>
        {
            var cast = weights.To(at.NumberType);
            return network(x.to(at.NumberType), cast.Gate, cast.Up, cast.Down).to(float32);
        });
    };
}
