using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>One layer in float64, composed of the oracles of its parts.</summary>
/// <param name="c">Sizes.</param>
/// <param name="weights">Weights by the names of <see cref="LayerWeights"/>.</param>
/// <param name="alibi">True if attention has linear biases.</param>
public sealed class LayerOracle(LayerCase c, IReadOnlyDictionary<string, double[]> weights, bool alibi = true)
{
    private AttentionSizes Sizes => new(c.Batch, c.Heads, c.KeyValueHeads, c.Time, c.HeadSize) { Alibi = alibi };

    private int KeyValueWidth => c.KeyValueHeads * c.HeadSize;

    /// <summary>Computes the output of attention.</summary>
    /// <param name="x"><c>[b, t, width]</c>.</param>
    public double[] Attention(double[] x) => LinearOracle.Forward(AttentionContext(x), Weight("attn.o_proj"), c.Width, c.Width);

    /// <summary>Computes the gradients with respect to the input and each projection, by name.</summary>
    /// <param name="x"><c>[b, t, width]</c>.</param>
    /// <param name="upstream">Gradient by the output, in the shape of the input.</param>
    public Dictionary<string, double[]> AttentionBackward(double[] x, double[] upstream)
    {
        var found = new Dictionary<string, double[]>(StringComparer.Ordinal);
        (var mixed, found["attn.o_proj"]) = LinearOracle.Backward(
            AttentionContext(x), Weight("attn.o_proj"), upstream, c.Width, c.Width);
        var (q, k, v) = ProjectQkv(x);
        var (dq, dk, dv) = AttentionOracle.Backward(q, k, v, SplitHeads(mixed, c.Heads), Sizes);
        var sum = new double[x.Length];
        foreach (
            var (name, gradient, width) in new[]
            {
                ("attn.q_proj", JoinHeads(dq, c.Heads), c.Width), ("attn.k_proj", JoinHeads(dk, c.KeyValueHeads), KeyValueWidth),
                ("attn.v_proj", JoinHeads(dv, c.KeyValueHeads), KeyValueWidth),
            })
        {
            (var dx, found[name]) = LinearOracle.Backward(x, Weight(name), gradient, c.Width, width);
            for (var i = 0; i < sum.Length; i++) sum[i] += dx[i];
        }
        found["x"] = sum;
        return found;
    }

    /// <summary>Computes the output of the feed-forward network.</summary>
    /// <param name="x"><c>[b, t, width]</c>.</param>
    public double[] FeedForward(double[] x) =>
        SwiGluOracle.Forward(x, Weight("ffn.gate_proj"), Weight("ffn.up_proj"), Weight("ffn.down_proj"), c.Width, c.Inner);

    /// <summary>Computes the gradients with respect to the input and each projection, by name.</summary>
    /// <param name="x"><c>[b, t, width]</c>.</param>
    /// <param name="upstream">Gradient by the output, in the shape of the input.</param>
    public Dictionary<string, double[]> FeedForwardBackward(double[] x, double[] upstream)
    {
        var (dx, gate, up, down) = SwiGluOracle.Backward(
            x, Weight("ffn.gate_proj"), Weight("ffn.up_proj"), Weight("ffn.down_proj"), upstream, c.Width, c.Inner);
        return new(StringComparer.Ordinal)
        {
            ["x"] = dx,
            ["ffn.gate_proj"] = gate,
            ["ffn.up_proj"] = up,
            ["ffn.down_proj"] = down,
        };
    }

    private (double[] Q, double[] K, double[] V) ProjectQkv(double[] x) =>
        (SplitHeads(LinearOracle.Forward(x, Weight("attn.q_proj"), c.Width, c.Width), c.Heads),
            SplitHeads(LinearOracle.Forward(x, Weight("attn.k_proj"), c.Width, KeyValueWidth), c.KeyValueHeads),
            SplitHeads(LinearOracle.Forward(x, Weight("attn.v_proj"), c.Width, KeyValueWidth), c.KeyValueHeads));

    private double[] AttentionContext(double[] x)
    {
        var (q, k, v) = ProjectQkv(x);
        return JoinHeads(AttentionOracle.Forward(q, k, v, Sizes), c.Heads);
    }

    private double[] Weight(string name) => weights[name];

    // [b, t, h·d] to [b, h, t, d]
    private double[] SplitHeads(double[] x, int heads) => Rearrange(x, heads, (joined, split) => (split, joined));

    // [b, h, t, d] to [b, t, h·d]
    private double[] JoinHeads(double[] x, int heads) => Rearrange(x, heads, (joined, split) => (joined, split));

    private double[] Rearrange(double[] x, int heads, Func<int, int, (int To, int From)> direction)
    {
        var y = new double[x.Length];
        for (var b = 0; b < c.Batch; b++)
            for (var t = 0; t < c.Time; t++)
                for (var h = 0; h < heads; h++)
                {
                    var (to, from) = direction(
                        ((b * c.Time + t) * heads + h) * c.HeadSize,
                        ((b * heads + h) * c.Time + t) * c.HeadSize);
                    Array.Copy(x, from, y, to, c.HeadSize);
                }
        return y;
    }
}
