using System.Numerics.Tensors;

namespace TurkishLlm.Specification.LanguageModels.Oracles;

/// <summary>Sizes of an attention problem: batch, query heads, key/value heads, sequence length, head size.</summary>
/// <param name="Batch">b.</param>
/// <param name="QueryHeads">hq, a multiple of hkv.</param>
/// <param name="KeyValueHeads">hkv.</param>
/// <param name="Time">t.</param>
/// <param name="HeadSize">d.</param>
public sealed record AttentionSizes(int Batch, int QueryHeads, int KeyValueHeads, int Time, int HeadSize)
{
    /// <summary>True for linear biases, false for the mask alone.</summary>
    public bool Alibi { get; init; } = true;

    /// <summary>Elements of q and of the output, <c>[b, hq, t, d]</c>.</summary>
    public int QueryLength => Batch * QueryHeads * Time * HeadSize;

    /// <summary>Elements of k and of v, <c>[b, hkv, t, d]</c>.</summary>
    public int KeyLength => Batch * KeyValueHeads * Time * HeadSize;

    /// <summary>The key/value head that a query head reads: neighboring heads share; head h reads h / (hq / hkv).</summary>
    public int KeyValueHeadOf(int queryHead) => queryHead / (QueryHeads / KeyValueHeads);

    internal int Query(int b, int head, int time) => ((b * QueryHeads + head) * Time + time) * HeadSize;

    internal int Key(int b, int head, int time) => ((b * KeyValueHeads + KeyValueHeadOf(head)) * Time + time) * HeadSize;
}

/// <summary>Causal attention with grouped key/value heads, with or without linear biases, in float64.</summary>
/// <remarks>
/// For query i and key j ≤ i of one head: s = q·k/√d − slope·(i−j), with slope 0 without biases, p = softmax over j ≤ i, output
/// o = Σⱼ p v. For an upstream gradient g: dp = g·v, ds = p (dp − Σⱼ p dp), dq = Σⱼ ds k/√d, dk = Σᵢ ds q/√d, dv = Σᵢ p g;
/// dk and dv sum over the query heads of the group.
/// Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.1; Ainslie et al. 2023, "GQA", arXiv:2305.13245;
/// <see cref="AlibiOracle"/>; reference report sections 3 and 4.
/// </remarks>
public static class AttentionOracle
{
    /// <summary>The mixed values.</summary>
    /// <param name="q"><c>[b, hq, t, d]</c>.</param>
    /// <param name="k"><c>[b, hkv, t, d]</c>.</param>
    /// <param name="v"><c>[b, hkv, t, d]</c>.</param>
    /// <param name="sizes">The sizes.</param>
    /// <returns><c>[b, hq, t, d]</c>.</returns>
    /// <exception cref="ArgumentException">A length does not fit the sizes.</exception>
    public static double[] Forward(double[] q, double[] k, double[] v, AttentionSizes sizes)
    {
        Require(q, k, sizes);
        ArrayLength.Require(v, sizes.KeyLength, nameof(v));
        var o = new double[sizes.QueryLength];
        EachQuery(sizes, (b, h, i, p) =>
        {
            FillWeights(q, k, sizes, b, h, i, p);
            var sum = o.AsSpan(sizes.Query(b, h, i), sizes.HeadSize);
            for (var j = 0; j <= i; j++)
                TensorPrimitives.MultiplyAdd(v.AsSpan(sizes.Key(b, h, j), sizes.HeadSize), p[j], sum, sum);
        });
        return o;
    }

    /// <summary>Gradients of a scalar by q, k and v, given its gradient by the output.</summary>
    /// <param name="q"><c>[b, hq, t, d]</c>.</param>
    /// <param name="k"><c>[b, hkv, t, d]</c>.</param>
    /// <param name="v"><c>[b, hkv, t, d]</c>.</param>
    /// <param name="gradient">Gradient by the output, <c>[b, hq, t, d]</c>.</param>
    /// <param name="sizes">The sizes.</param>
    /// <returns>Gradients, each in the shape of its tensor.</returns>
    /// <exception cref="ArgumentException">A length does not fit the sizes.</exception>
    public static (double[] Q, double[] K, double[] V) Backward(
        double[] q, double[] k, double[] v, double[] gradient, AttentionSizes sizes)
    {
        Require(q, k, sizes);
        ArrayLength.Require(v, sizes.KeyLength, nameof(v));
        ArrayLength.Require(gradient, sizes.QueryLength, nameof(gradient));
        var (dq, dk, dv) = (new double[q.Length], new double[k.Length], new double[v.Length]);
        var (scale, d) = (1 / Math.Sqrt(sizes.HeadSize), sizes.HeadSize);
        EachQuery(sizes, (b, h, i, p) =>
        {
            FillWeights(q, k, sizes, b, h, i, p);
            var query = sizes.Query(b, h, i);
            var upstream = gradient.AsSpan(query, d);
            var mean = 0.0;
            for (var j = 0; j <= i; j++) mean += p[j] * TensorPrimitives.Dot(upstream, v.AsSpan(sizes.Key(b, h, j), d));
            for (var j = 0; j <= i; j++)
            {
                var key = sizes.Key(b, h, j);
                var ds = p[j] * (TensorPrimitives.Dot(upstream, v.AsSpan(key, d)) - mean) * scale;
                AddTo(dq, query, k.AsSpan(key, d), ds);
                AddTo(dk, key, q.AsSpan(query, d), ds);
                AddTo(dv, key, upstream, p[j]);
            }
        });
        return (dq, dk, dv);
    }

    private static void Require(double[] q, double[] k, AttentionSizes sizes)
    {
        ArrayLength.Require(q, sizes.QueryLength, nameof(q));
        ArrayLength.Require(k, sizes.KeyLength, nameof(k));
    }

    // Query heads that share a key/value head add to the same gradients, so they run one after another. The last argument is
    // scratch for one row of weights.
    private static void EachQuery(AttentionSizes sizes, Action<int, int, int, double[]> body)
    {
        var group = sizes.QueryHeads / sizes.KeyValueHeads;
        OracleLoop.Run(sizes.Batch * sizes.KeyValueHeads, (long)group * sizes.Time * sizes.Time * sizes.HeadSize, index =>
        {
            var (b, first) = (index / sizes.KeyValueHeads, index % sizes.KeyValueHeads * group);
            var row = new double[sizes.Time];
            for (var h = first; h < first + group; h++)
                for (var i = 0; i < sizes.Time; i++) body(b, h, i, row);
        });
    }

    // The softmax over the keys j ≤ i; the rest of the row is left as it is.
    private static void FillWeights(double[] q, double[] k, AttentionSizes sizes, int b, int h, int i, double[] p)
    {
        var slope = sizes.Alibi ? AlibiOracle.Slopes(sizes.QueryHeads)[h] : 0;
        var query = q.AsSpan(sizes.Query(b, h, i), sizes.HeadSize);
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        for (var j = 0; j <= i; j++)
        {
            var dot = TensorPrimitives.Dot(query, k.AsSpan(sizes.Key(b, h, j), sizes.HeadSize));
            p[j] = dot / Math.Sqrt(sizes.HeadSize) - slope * (i - j);
            largest = Math.Max(largest, p[j]);
        }
        for (var j = 0; j <= i; j++) sum += p[j] = Math.Exp(p[j] - largest);
        for (var j = 0; j <= i; j++) p[j] /= sum;
    }

    private static void AddTo(double[] sums, int start, ReadOnlySpan<double> x, double factor)
    {
        var sum = sums.AsSpan(start, x.Length);
        TensorPrimitives.MultiplyAdd(x, factor, sum, sum);
    }
}
