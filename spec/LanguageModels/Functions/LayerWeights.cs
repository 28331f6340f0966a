using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>
/// The weights of a layer by name: <c>attn.q_proj</c>, <c>k_proj</c>, <c>v_proj</c>, <c>o_proj</c>, and <c>ffn.gate_proj</c>,
/// <c>up_proj</c>, <c>down_proj</c>; each is <c>[out, in]</c>.
/// </summary>
/// <param name="byName">The weights. Not owned.</param>
public sealed class LayerWeights(IReadOnlyDictionary<string, Tensor> byName)
{
    /// <summary>Names of all weights.</summary>
    public IEnumerable<string> Names => byName.Keys;

    /// <summary>Projection of the queries, <c>[heads · d, width]</c>.</summary>
    public Tensor Query => this["attn.q_proj"];

    /// <summary>Projection of the keys, <c>[key/value heads · d, width]</c>.</summary>
    public Tensor Key => this["attn.k_proj"];

    /// <summary>Projection of the values, <c>[key/value heads · d, width]</c>.</summary>
    public Tensor Value => this["attn.v_proj"];

    /// <summary>Projection of the joined heads, <c>[width, heads · d]</c>.</summary>
    public Tensor Output => this["attn.o_proj"];

    /// <summary>Projection that SiLU is applied to, <c>[inner, width]</c>.</summary>
    public Tensor Gate => this["ffn.gate_proj"];

    /// <summary>Projection that is multiplied by the gate, <c>[inner, width]</c>.</summary>
    public Tensor Up => this["ffn.up_proj"];

    /// <summary>Projection back to the residual stream, <c>[width, inner]</c>.</summary>
    public Tensor Down => this["ffn.down_proj"];

    /// <summary>Returns a weight.</summary>
    /// <param name="name">Its name, such as <c>attn.q_proj</c>.</param>
    /// <exception cref="KeyNotFoundException">The layer has no weight of that name.</exception>
    public Tensor this[string name] => byName[name];

    /// <summary>Returns the weights in a number type; gradients flow back to these.</summary>
    /// <param name="type">The number type.</param>
    public LayerWeights To(ScalarType type) => new(byName.ToDictionary(weight => weight.Key, weight => weight.Value.to(type)));

    /// <summary>Copies the weights for an oracle.</summary>
    public Dictionary<string, double[]> Doubles() => byName.ToDictionary(weight => weight.Key, weight => weight.Value.Doubles());

    /// <summary>Sets a weight outside the autograd graph.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Computes its new value from the current one.</param>
    public void Set(string name, Func<Tensor, Tensor> value)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        this[name].copy_(value(this[name]));
    }

    /// <summary>Removes all gradients.</summary>
    public void ClearGradients()
    {
        foreach (var weight in byName.Values) weight.grad = null;
    }
}
