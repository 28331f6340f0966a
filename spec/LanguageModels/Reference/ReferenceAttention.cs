using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Functions;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>Causal attention with shared key/value heads, of plain operators and with one optional bug.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key/value heads.</param>
/// <param name="Alibi">True for linear biases; without them the bias is the mask alone.</param>
/// <param name="NumberType">Number type of the products; scores and the softmax are float32.</param>
/// <param name="Bug">The bug.</param>
public sealed record ReferenceAttention(
    int Heads, int KeyValueHeads, bool Alibi, ScalarType NumberType, LayerBug Bug = LayerBug.None)
{
    /// <summary>Computes the output, <c>[b, t, width]</c> to the same shape.</summary>
    /// <param name="x">The input.</param>
    /// <param name="weights">The projections.</param>
    public Tensor Forward(Tensor x, LayerWeights weights)
    {
        Tensor Split(Tensor weight, int heads) =>
            Products.Linear(x, weight, NumberType).view(x.size(0), x.size(1), heads, -1).transpose(1, 2);

        var (q, k, v) = (Split(weights.Query, Heads), Split(weights.Key, KeyValueHeads), Split(weights.Value, KeyValueHeads));
        var t = (int)x.size(1);
        return Project(Mix(q, k, v, Bias(t, t, x.device)), weights.Output);
    }

    /// <summary>Mixes the values and joins the heads.</summary>
    /// <param name="q"><c>[b, heads, queries, d]</c>.</param>
    /// <param name="k"><c>[b, key/value heads, keys, d]</c>.</param>
    /// <param name="v">In the shape of the keys.</param>
    /// <param name="bias">What is added to the scores, <c>[heads, queries, keys]</c>.</param>
    /// <returns><c>[b, queries, heads · d]</c>.</returns>
    public Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor bias)
    {
        if (Bug == LayerBug.ScoresDetached) (q, k) = (q.detach(), k.detach());
        var divisor = Bug switch
        {
            LayerBug.ScoresNotScaled => 1,
            LayerBug.ScoresScaledByWidth => Heads * q.size(3),
            _ => q.size(3),
        };
        var scores = Products.PerHead(q, PerQueryHead(k).transpose(-2, -1), NumberType) / Math.Sqrt(divisor);
        var mixed = Products.PerHead(Softmax(scores + bias), PerQueryHead(v), NumberType);
        return (Bug == LayerBug.HeadsMergedWithoutTranspose ? mixed : mixed.transpose(1, 2))
            .reshape(q.size(0), q.size(2), Heads * q.size(3));
    }

    /// <summary>Applies the output projection.</summary>
    /// <param name="joined">The joined heads, <c>[b, t, width]</c>.</param>
    /// <param name="weight"><c>[width, width]</c>.</param>
    public Tensor Project(Tensor joined, Tensor weight) =>
        Bug == LayerBug.NoOutputProjection ? joined : Products.Linear(joined, weight, NumberType);

    /// <summary>Computes what is added to the scores, <c>[heads, queries, keys]</c>, float32.</summary>
    /// <param name="queries">Query positions.</param>
    /// <param name="keys">Key positions.</param>
    /// <param name="device">Device of the result.</param>
    /// <param name="start">Position of the first query; by default, the queries are the last positions.</param>
    public Tensor Bias(int queries, int keys, Device device, int? start = null)
    {
        var first = start ?? keys - queries;
        var i = arange(first, first + queries, dtype: float32, device: device).view(-1, 1);
        var j = arange(0, keys, dtype: float32, device: device).view(1, -1);
        var distance = Bug == LayerBug.TransposedDistances ? j - i : i - j;
        var past = Bug == LayerBug.SoftFuture ? distance.abs() : distance.clamp(min: 0);
        var penalty = -Slopes(device) * past;                                                   // [heads, queries, keys]
        if (Bug == LayerBug.AlibiSignFlipped) penalty = -penalty;
        if (!Alibi || Bug == LayerBug.NoAlibi) penalty = penalty * 0;
        if (Bug == LayerBug.RoundedBias) penalty = penalty.to(bfloat16).to(float32);
        if (Bug is LayerBug.NoMask or LayerBug.SoftFuture or LayerBug.MaskAfterSoftmax) return penalty;
        var hidden = distance.lt(Bug == LayerBug.SeesOneAhead ? -1 : 0);
        return penalty.masked_fill(hidden, Bug == LayerBug.FiniteMask ? -10 : double.NegativeInfinity);
    }

    private Tensor Softmax(Tensor scores) => Bug switch
    {
        LayerBug.UnstableSoftmax => scores.exp() / scores.exp().sum(-1, keepdim: true),
        LayerBug.RoundedSoftmax => scores.to(bfloat16).softmax(-1).to(float32),
        LayerBug.MaskAfterSoftmax => scores.softmax(-1).tril(),
        LayerBug.SoftmaxOverQueries => scores.softmax(-2),
        _ => scores.softmax(-1),
    };

    private Tensor Slopes(Device device)
    {
        var n = Bug == LayerBug.SlopesByKeyValueHead ? KeyValueHeads : Heads;
        var first = Bug == LayerBug.SlopesFromZero ? 0 : 1;
        var exponents = Enumerable.Range(0, Heads).Select(h => h * n / Heads + first);
        return tensor(exponents.Select(i => (float)Math.Pow(2, -8.0 * i / n)).ToArray()).to(device).view(-1, 1, 1);
    }

    private Tensor PerQueryHead(Tensor x)                                       // [b, key/value heads, t, d] to [b, heads, t, d]
    {
        long group = Heads / KeyValueHeads;
        return Bug switch
        {
            LayerBug.KeyValueHeadsTiled => x.repeat(1, group, 1, 1),
            LayerBug.FirstKeyValueHeadOnly => x.narrow(1, 0, 1).repeat(1, Heads, 1, 1),
            LayerBug.KeyValueHeadsOfNextGroup => x.roll(-1, 1).repeat_interleave(group, 1),
            _ => x.repeat_interleave(group, 1),
        };
    }
}
