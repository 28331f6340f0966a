namespace TurkishLlm.Spec.Oracles;

/// <summary>Sizes of a model, without a type of the library, so that the oracle does not depend on what it judges.</summary>
/// <param name="Vocabulary">V.</param>
/// <param name="Width">Width of the residual stream, n.</param>
/// <param name="Layers">L.</param>
/// <param name="QueryHeads">hq; divides the width.</param>
/// <param name="KeyValueHeads">hkv; divides hq.</param>
/// <param name="Inner">Width inside the feed-forward layer, f.</param>
/// <param name="Tied">Whether the embedding is also the output projection.</param>
/// <param name="NormEps">ε of every RMSNorm.</param>
public sealed record TransformerSizes(
    int Vocabulary, int Width, int Layers, int QueryHeads, int KeyValueHeads, int Inner, bool Tied, double NormEps)
{
    /// <summary>Width of one head, d.</summary>
    public int HeadSize => Width / QueryHeads;

    /// <summary>Width of the keys and of the values, hkv·d.</summary>
    public int KeyValueWidth => KeyValueHeads * HeadSize;
}

/// <summary>The results of the oracle for a batch.</summary>
/// <param name="Logits"><c>[batch, time, V]</c>.</param>
/// <param name="TokenLosses"><c>[batch, time]</c>, in nats; 0 where the target is ignored.</param>
/// <param name="Loss">Mean over the counted targets, or the sum divided by the given count.</param>
/// <param name="Gradients">Gradient of <paramref name="Loss"/> by every parameter, under its checkpoint name.</param>
public sealed record TransformerResult(
    double[] Logits, double[] TokenLosses, double Loss, IReadOnlyDictionary<string, double[]> Gradients);

/// <summary>
/// The whole model, forward and backward, in float64, composed of the other oracles. Slow: for small sizes.
/// </summary>
/// <remarks>
/// x₀ = E[ids]; for each layer x ← x + W_o·attention(norm(x)), x ← x + SwiGLU(norm(x)); logits = norm(x) Hᵀ with H = E
/// when tied. Pre-norm, no biases, no dropout. The backward pass is the chain rule in reverse order; a residual sum
/// hands its gradient to both branches, and a tied embedding collects the gradients of both uses.
/// Source: reference report sections 2 to 7.
/// </remarks>
/// <param name="sizes">The sizes.</param>
/// <param name="weights">Parameters under the checkpoint names, linear weights <c>[out, in]</c>. Not copied, not changed.</param>
public sealed class TransformerOracle(TransformerSizes sizes, IReadOnlyDictionary<string, double[]> weights)
{
    private sealed record LayerTrace(
        double[] Input, double[] AttentionInput, double[] Q, double[] K, double[] V, double[] Mixed,
        double[] Middle, double[] FeedForwardInput);

    /// <summary>Logits for a batch of ids.</summary>
    /// <param name="inputs"><c>[batch, time]</c>.</param>
    /// <param name="batch">Rows.</param>
    /// <returns><c>[batch, time, V]</c>.</returns>
    public double[] Logits(long[] inputs, int batch)
    {
        using var key = Key(inputs, batch);
        var size = (long)sizeof(double) * inputs.Length * sizes.Vocabulary;
        return [.. OracleCache.GetOrCompute(key, size, () => Forward(inputs, batch, out _, out _))];
    }

    /// <summary>Logits, losses and the gradient of every parameter.</summary>
    /// <param name="inputs">Ids, <c>[batch, time]</c>.</param>
    /// <param name="targets">Ids or −1, <c>[batch, time]</c>.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="count">
    /// Divisor of the summed loss (default: the counted targets of this batch). Micro-batches of one step
    /// pass the counted targets of all of them, and their gradients add up.
    /// </param>
    public TransformerResult Run(long[] inputs, long[] targets, int batch, double? count = null)
    {
        using var key = Key(inputs, batch).Add<long>(targets).Add($"{count:R}");
        var size = sizeof(double) * ((long)inputs.Length * sizes.Vocabulary + weights.Values.Sum(weight => (long)weight.Length));
        var (logits, losses, loss, gradients) =
            OracleCache.GetOrCompute(key, size, () => Compute(inputs, targets, batch, count));
        return new(
            [.. logits], [.. losses], loss,
            gradients.ToDictionary(gradient => gradient.Key, double[] (gradient) => [.. gradient.Value], StringComparer.Ordinal));
    }

    /// <summary>The reward at a position, h·w for the normed state h and the weight w of a scalar head.</summary>
    /// <param name="inputs">Ids of one row.</param>
    /// <param name="position">The position.</param>
    /// <returns>The reward, its gradient by every parameter, and ‖h‖·‖w‖, which rounding errors are relative to.</returns>
    public (double Reward, IReadOnlyDictionary<string, double[]> Gradients, double Scale) RunReward(
        long[] inputs, int position)
    {
        var n = sizes.Width;
        Forward(inputs, 1, out var traces, out var last);
        var hidden = Norm("norm", last).AsSpan(position * n, n).ToArray();
        var (reward, dHidden) = (0.0, new double[last.Length]);
        for (var e = 0; e < n; e++)
        {
            reward += hidden[e] * Weight("reward_head")[e];
            dHidden[position * n + e] = Weight("reward_head")[e];
        }
        var gradients = Backward(inputs, null, dHidden, 1, traces, last);
        gradients["reward_head.weight"] = hidden;
        return (reward, gradients, Math.Sqrt(hidden.Sum(h => h * h) * Weight("reward_head").Sum(w => w * w)));
    }

    private OracleInputs Key(long[] inputs, int batch)
    {
        var key = new OracleInputs().Add($"{sizes} {sizes.NormEps:R} {batch}").Add<long>(inputs);
        foreach (var (name, weight) in weights.OrderBy(weight => weight.Key, StringComparer.Ordinal))
            key.Add($"{name}").Add<double>(weight);
        return key;
    }

    private TransformerResult Compute(long[] inputs, long[] targets, int batch, double? count)
    {
        var logits = Forward(inputs, batch, out var traces, out var last);
        var losses = CrossEntropyOracle.TokenLosses(logits, targets);
        var divisor = count ?? CrossEntropyOracle.CountTargets(targets);
        var gradients = Backward(
            inputs, CrossEntropyOracle.Backward(logits, targets, divisor), null, batch, traces, last);
        return new(logits, losses, losses.Sum() / divisor, gradients);
    }

    private double[] Forward(long[] inputs, int batch, out List<LayerTrace> traces, out double[] last)
    {
        var n = sizes.Width;
        var x = new double[inputs.Length * n];                                                           // [b, t, n]
        for (var r = 0; r < inputs.Length; r++) Array.Copy(Weight("embed_tokens"), inputs[r] * n, x, r * n, n);

        traces = [];
        for (var i = 0; i < sizes.Layers; i++)
        {
            var layer = $"layers.{i}.";
            var input = x;
            var normed = Norm(layer + "attn_norm", input);
            var q = SplitHeads(Linear(layer + "attn.q_proj", normed, n, n), batch, sizes.QueryHeads);           // [b, hq, t, d]
            var k = SplitHeads(Linear(layer + "attn.k_proj", normed, n, sizes.KeyValueWidth), batch, sizes.KeyValueHeads);
            var v = SplitHeads(Linear(layer + "attn.v_proj", normed, n, sizes.KeyValueWidth), batch, sizes.KeyValueHeads);
            var mixed = JoinHeads(AttentionOracle.Forward(q, k, v, Attention(inputs, batch)), batch, sizes.QueryHeads);
            var middle = Sum(input, Linear(layer + "attn.o_proj", mixed, n, n));
            var feedForwardInput = Norm(layer + "ffn_norm", middle);
            x = Sum(middle, SwiGluOracle.Forward(
                feedForwardInput, Weight(layer + "ffn.gate_proj"), Weight(layer + "ffn.up_proj"),
                Weight(layer + "ffn.down_proj"), n, sizes.Inner));
            traces.Add(new(input, normed, q, k, v, mixed, middle, feedForwardInput));
        }
        last = x;
        return Linear(Head, Norm("norm", last), n, sizes.Vocabulary);                                    // [b, t, V]
    }

    private Dictionary<string, double[]> Backward(
        long[] inputs, double[]? dLogits, double[]? dHidden, int batch, List<LayerTrace> traces, double[] last)
    {
        var n = sizes.Width;
        var gradients = new Dictionary<string, double[]>(StringComparer.Ordinal);

        var dx = dHidden ?? BackLinear(Head, Norm("norm", last), dLogits!, n, sizes.Vocabulary);
        dx = BackNorm("norm", last, dx);
        for (var i = sizes.Layers - 1; i >= 0; i--)
        {
            var layer = $"layers.{i}.";
            var trace = traces[i];

            var (dIn, dGate, dUp, dDown) = SwiGluOracle.Backward(
                trace.FeedForwardInput, Weight(layer + "ffn.gate_proj"), Weight(layer + "ffn.up_proj"),
                Weight(layer + "ffn.down_proj"), dx, n, sizes.Inner);
            Collect(layer + "ffn.gate_proj", dGate);
            Collect(layer + "ffn.up_proj", dUp);
            Collect(layer + "ffn.down_proj", dDown);
            dx = Sum(dx, BackNorm(layer + "ffn_norm", trace.Middle, dIn));

            var dMixed = SplitHeads(BackLinear(layer + "attn.o_proj", trace.Mixed, dx, n, n), batch, sizes.QueryHeads);
            var (dq, dk, dv) = AttentionOracle.Backward(trace.Q, trace.K, trace.V, dMixed, Attention(inputs, batch));
            var kv = sizes.KeyValueWidth;
            var dq2 = JoinHeads(dq, batch, sizes.QueryHeads);
            var (dk2, dv2) = (JoinHeads(dk, batch, sizes.KeyValueHeads), JoinHeads(dv, batch, sizes.KeyValueHeads));
            var dNormed = Sum(
                BackLinear(layer + "attn.q_proj", trace.AttentionInput, dq2, n, n),
                BackLinear(layer + "attn.k_proj", trace.AttentionInput, dk2, n, kv),
                BackLinear(layer + "attn.v_proj", trace.AttentionInput, dv2, n, kv));
            dx = Sum(dx, BackNorm(layer + "attn_norm", trace.Input, dNormed));
        }

        var dEmbedding = new double[sizes.Vocabulary * n];
        for (var r = 0; r < inputs.Length; r++)
            for (var e = 0; e < n; e++) dEmbedding[inputs[r] * n + e] += dx[r * n + e];
        Collect("embed_tokens", dEmbedding);
        return gradients;

        double[] BackLinear(string name, double[] x, double[] gradient, int ins, int outs)
        {
            var (dX, dWeight) = LinearOracle.Backward(x, Weight(name), gradient, ins, outs);
            Collect(name, dWeight);
            return dX;
        }

        double[] BackNorm(string name, double[] x, double[] gradient)
        {
            var (dX, dWeight) = RmsNormOracle.Backward(x, Weight(name), sizes.NormEps, gradient);
            Collect(name, dWeight);
            return dX;
        }

        void Collect(string name, double[] gradient)
        {
            var key = name + ".weight";
            gradients[key] = gradients.TryGetValue(key, out var earlier) ? Sum(earlier, gradient) : gradient;
        }
    }

    private string Head => sizes.Tied ? "embed_tokens" : "lm_head";

    private double[] Weight(string name) => weights[name + ".weight"];

    private double[] Norm(string name, double[] x) => RmsNormOracle.Forward(x, Weight(name), sizes.NormEps);

    private double[] Linear(string name, double[] x, int ins, int outs) => LinearOracle.Forward(x, Weight(name), ins, outs);

    private AttentionSizes Attention(long[] inputs, int batch) =>
        new(batch, sizes.QueryHeads, sizes.KeyValueHeads, inputs.Length / batch, sizes.HeadSize);

    // [b, t, h·d] to [b, h, t, d]
    private double[] SplitHeads(double[] x, int batch, int heads)
    {
        var y = new double[x.Length];
        EachHeadRow(x.Length, batch, heads, (joined, split) => Array.Copy(x, joined, y, split, sizes.HeadSize));
        return y;
    }

    // [b, h, t, d] to [b, t, h·d]
    private double[] JoinHeads(double[] x, int batch, int heads)
    {
        var y = new double[x.Length];
        EachHeadRow(x.Length, batch, heads, (joined, split) => Array.Copy(x, split, y, joined, sizes.HeadSize));
        return y;
    }

    private void EachHeadRow(int length, int batch, int heads, Action<int, int> visit)
    {
        var d = sizes.HeadSize;
        var time = length / (batch * heads * d);
        for (var b = 0; b < batch; b++)
            for (var t = 0; t < time; t++)
                for (var h = 0; h < heads; h++)
                    visit(((b * time + t) * heads + h) * d, ((b * heads + h) * time + t) * d);
    }

    private static double[] Sum(double[] first, params double[][] others)
    {
        var sum = (double[])first.Clone();
        foreach (var other in others)
            for (var i = 0; i < sum.Length; i++) sum[i] += other[i];
        return sum;
    }
}
