namespace TurkishLlm.Spec.Oracles;

/// <summary>Sizes of an attention problem: batch, query heads, key/value heads, sequence length, head size.</summary>
/// <param name="Batch">b.</param>
/// <param name="QueryHeads">hq, a multiple of hkv.</param>
/// <param name="KeyValueHeads">hkv.</param>
/// <param name="Time">t.</param>
/// <param name="HeadSize">d.</param>
public sealed record AttentionSizes(int Batch, int QueryHeads, int KeyValueHeads, int Time, int HeadSize)
{
    /// <summary>Elements of q and of the output, <c>[b, hq, t, d]</c>.</summary>
    public int QueryLength => Batch * QueryHeads * Time * HeadSize;

    /// <summary>Elements of k and of v, <c>[b, hkv, t, d]</c>.</summary>
    public int KeyLength => Batch * KeyValueHeads * Time * HeadSize;

    /// <summary>The key/value head that a query head reads: neighboring heads share; head h reads h / (hq / hkv).</summary>
    public int KeyValueHeadOf(int queryHead) => queryHead / (QueryHeads / KeyValueHeads);

    internal int Query(int b, int head, int time) => ((b * QueryHeads + head) * Time + time) * HeadSize;

    internal int Key(int b, int head, int time) => ((b * KeyValueHeads + KeyValueHeadOf(head)) * Time + time) * HeadSize;

    internal int Weight(int b, int head, int query) => ((b * QueryHeads + head) * Time + query) * Time;
}

/// <summary>Causal ALiBi attention with grouped key/value heads in float64 with plain loops.</summary>
/// <remarks>
/// For query i and key j ≤ i of one head: s = q·k/√d − slope·(i−j), p = softmax over j ≤ i, output o = Σⱼ p v.
/// For an upstream gradient g: dp = g·v, ds = p (dp − Σⱼ p dp), dq = Σⱼ ds k/√d, dk = Σᵢ ds q/√d, dv = Σᵢ p g;
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
        var p = Weights(q, k, sizes);
        ArrayLength.Require(v, sizes.KeyLength, nameof(v));
        var o = new double[sizes.QueryLength];
        for (var b = 0; b < sizes.Batch; b++)
            for (var h = 0; h < sizes.QueryHeads; h++)
                for (var i = 0; i < sizes.Time; i++)
                    for (var j = 0; j <= i; j++)
                        for (var e = 0; e < sizes.HeadSize; e++)
                            o[sizes.Query(b, h, i) + e] += p[sizes.Weight(b, h, i) + j] * v[sizes.Key(b, h, j) + e];
        return o;
    }

    /// <summary>The softmax weights; exactly 0 above the diagonal, rows sum to 1.</summary>
    /// <param name="q"><c>[b, hq, t, d]</c>.</param>
    /// <param name="k"><c>[b, hkv, t, d]</c>.</param>
    /// <param name="sizes">The sizes.</param>
    /// <returns><c>[b, hq, t, t]</c>: query, then key.</returns>
    /// <exception cref="ArgumentException">A length does not fit the sizes.</exception>
    public static double[] Weights(double[] q, double[] k, AttentionSizes sizes)
    {
        ArrayLength.Require(q, sizes.QueryLength, nameof(q));
        ArrayLength.Require(k, sizes.KeyLength, nameof(k));
        var slopes = AlibiOracle.Slopes(sizes.QueryHeads);
        var p = new double[sizes.Batch * sizes.QueryHeads * sizes.Time * sizes.Time];
        for (var b = 0; b < sizes.Batch; b++)
            for (var h = 0; h < sizes.QueryHeads; h++)
                for (var i = 0; i < sizes.Time; i++)
                {
                    var row = sizes.Weight(b, h, i);
                    var largest = double.NegativeInfinity;
                    for (var j = 0; j <= i; j++)
                    {
                        var dot = 0.0;
                        for (var e = 0; e < sizes.HeadSize; e++) dot += q[sizes.Query(b, h, i) + e] * k[sizes.Key(b, h, j) + e];
                        p[row + j] = dot / Math.Sqrt(sizes.HeadSize) - slopes[h] * (i - j);
                        largest = Math.Max(largest, p[row + j]);
                    }
                    var sum = 0.0;
                    for (var j = 0; j <= i; j++) sum += p[row + j] = Math.Exp(p[row + j] - largest);
                    for (var j = 0; j <= i; j++) p[row + j] /= sum;
                }
        return p;
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
        var p = Weights(q, k, sizes);
        ArrayLength.Require(v, sizes.KeyLength, nameof(v));
        ArrayLength.Require(gradient, sizes.QueryLength, nameof(gradient));
        var (dq, dk, dv) = (new double[q.Length], new double[k.Length], new double[v.Length]);
        var scale = 1 / Math.Sqrt(sizes.HeadSize);
        var dp = new double[sizes.Time];
        for (var b = 0; b < sizes.Batch; b++)
            for (var h = 0; h < sizes.QueryHeads; h++)
                for (var i = 0; i < sizes.Time; i++)
                {
                    var (row, query) = (sizes.Weight(b, h, i), sizes.Query(b, h, i));
                    var mean = 0.0;
                    for (var j = 0; j <= i; j++)
                    {
                        dp[j] = 0;
                        for (var e = 0; e < sizes.HeadSize; e++) dp[j] += gradient[query + e] * v[sizes.Key(b, h, j) + e];
                        mean += p[row + j] * dp[j];
                    }
                    for (var j = 0; j <= i; j++)
                    {
                        var key = sizes.Key(b, h, j);
                        var ds = p[row + j] * (dp[j] - mean);
                        for (var e = 0; e < sizes.HeadSize; e++)
                        {
                            dq[query + e] += ds * k[key + e] * scale;
                            dk[key + e] += ds * q[query + e] * scale;
                            dv[key + e] += p[row + j] * gradient[query + e];
                        }
                    }
                }
        return (dq, dk, dv);
    }
}
