using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Compares a layer with its oracle.</summary>
internal static class LayerComparison
{
    /// <summary>Compares the output of attention with that of the oracle.</summary>
    public static Verdict EqualsOracle(SubjectLayer attention, LayerCase c, Conditions at, bool alibi)
    {
        using var grad = no_grad();
        var x = c.Input(at);
        return Verdict.AtMost(
            c.Allowed(at),
            attention.Forward(x).RelativeTo(new LayerOracle(c, attention.Weights.Doubles(), alibi).Attention(x.Doubles())),
            "max|Δ| ÷ max|y|");
    }

    /// <summary>Compares the gradients by input and projections with those of an oracle.</summary>
    public static Verdict GradientsEqual(
        SubjectLayer layer, LayerCase c, Conditions at, bool alibi,
        Func<LayerOracle, double[], double[], Dictionary<string, double[]>> backward)
    {
        var (x, upstream) = (c.Input(at).detach().requires_grad_(), c.Input(at, salt: 22));
        (layer.Forward(x) * upstream).sum().backward();
        var expected = backward(new(c, layer.Weights.Doubles(), alibi), x.Doubles(), upstream.Doubles());
        return Verdict.All(expected.Select(e =>
        {
            using var gradient = (e.Key == "x" ? x : layer.Weights[e.Key]).grad;
            return Verdict.AtMost(
                c.Allowed(at), gradient?.RelativeTo(e.Value) ?? double.NaN, $"gradient by {e.Key}, max|Δ| ÷ max|g|");
        }));
    }

    /// <summary>
    /// Finds which query heads read each key/value head. With the identity as output projection, a head writes its own slice; it
    /// reads a key/value head if the slice is zero without that head's values.
    /// </summary>
    public static List<List<int>> QueryHeadsByKeyValueHead(SubjectLayer attention, LayerCase c, Conditions at)
    {
        using var grad = no_grad();
        attention.Weights.Set("attn.o_proj", w => eye(c.Width, dtype: float32, device: w.device));
        var values = attention.Weights["attn.v_proj"].clone();
        return [.. Enumerable.Range(0, c.KeyValueHeads).Select(g =>
        {
            attention.Weights.Set("attn.v_proj", _ =>
            {
                var changed = values.clone();
                changed.narrow(0, g * c.HeadSize, c.HeadSize).zero_();
                return changed;
            });
            var y = attention.Forward(c.Input(at));
            return Enumerable
                .Range(0, c.Heads)
                .Where(h => y.narrow(2, h * c.HeadSize, c.HeadSize).Doubles().All(v => v == 0))
                .ToList();
        })];
    }
}
