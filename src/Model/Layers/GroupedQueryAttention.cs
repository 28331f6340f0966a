using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Layers;

/// <summary>
/// Causal self-attention with grouped queries: consecutive query heads share a key/value head. With 8 and 2 heads, query heads
/// 0–3 read the first and 4–7 the second.
/// </summary>
/// <remarks>
/// Spec: P26–P29, ATT, GQA. Source: Ainslie et al. 2023, "GQA", arXiv:2305.13245, section 2.2.
/// Cost of a forward pass: 4·b·t·width·(width + kv) + 4·b·t²·width FLOP, kv = n_kv_heads · head size.
/// </remarks>
public sealed class GroupedQueryAttention
{
    private readonly ModelConfig _config;
    private readonly int _layer;
    private readonly ComputeType _compute;
    private readonly FusedKernels _fused;
    private readonly Projection _query, _key, _value, _output;

    /// <param name="parameters">Weights of the model. Not copied.</param>
    /// <param name="layer">Index of the block.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="adapter">Adapter to apply; null for none.</param>
    public GroupedQueryAttention(
        ParameterTable parameters, int layer, ComputeType compute,
        FusedKernels fused = FusedKernels.All,
        Adapter? adapter = null)
    {
        (_config, _layer, _compute, _fused) = (parameters.Config, layer, compute, fused);
        _query = Projection.Create(parameters, adapter, $"layers.{layer}.attn.q_proj.weight");
        _key = Projection.Create(parameters, adapter, $"layers.{layer}.attn.k_proj.weight");
        _value = Projection.Create(parameters, adapter, $"layers.{layer}.attn.v_proj.weight");
        _output = Projection.Create(parameters, adapter, $"layers.{layer}.attn.o_proj.weight");
    }

    /// <summary>Applies attention along time, independently for each row of the batch.</summary>
    /// <param name="x"><c>[b, t, width]</c>, float32.</param>
    /// <param name="bias">ALiBi biases of the model.</param>
    /// <param name="cache">Keys and values of earlier positions; null for none.</param>
    /// <param name="segmentStarts">
    /// First position that each position may attend to, <c>[b, t]</c>, int64: the start of its segment in a packed row. Null if
    /// all attend to the whole row.
    /// </param>
    /// <param name="training">True to apply the dropout of the adapter.</param>
    /// <returns>The update of the residual stream, <c>[b, t, width]</c>.</returns>
    /// <exception cref="ShapeException"><paramref name="x"/> or <paramref name="segmentStarts"/> has other axes.</exception>
    /// <exception cref="ArgumentException">The cache is for another model or batch size.</exception>
    public Tensor Forward(
        Tensor x, AlibiBiasCache bias,
        KeyValueCache? cache = null,
        Tensor? segmentStarts = null,
        bool training = false)
    {
        ShapeException.ThrowIfMismatch(
            x, nameof(GroupedQueryAttention), ("batch", null), ("time", null),
            ("width", _config.DModel));
        var (b, t) = (x.size(0), x.size(1));
        if (segmentStarts is not null) ShapeException.ThrowIfMismatch(segmentStarts, "segmentStarts", ("batch", b), ("time", t));
        cache?.ThrowIfIncompatible(_config, b);
        var projected = Projection.Forward(x, [_query, _key, _value], _compute, _fused, training);
        // [b, t, hq, d]
        var q = projected[0].view(b, t, _config.NHeads, _config.HeadDim);
        // [b, t, hkv, d]
        var k = projected[1].view(b, t, _config.NKvHeads, _config.HeadDim);
        // [b, t, hkv, d]
        var v = projected[2].view(b, t, _config.NKvHeads, _config.HeadDim);

        var inBFloat16 = _compute == ComputeType.BFloat16;
        var mixed = cache is null && FusedOperators.CanUse(_fused, FusedKernels.Attention, x, inBFloat16)
            ? FusedOperators.AlibiAttention(q, k, v, bias.Slopes, segmentStarts, inBFloat16)
            // [b, t, hq, d]
            : ComputeAttention(q, k, v, bias, cache, segmentStarts);
        return _output.Forward(mixed.reshape(b, t, _config.DModel), _compute, _fused, training);
    }

    private Tensor ComputeAttention(
        Tensor queries, Tensor newKeys, Tensor newValues, AlibiBiasCache bias, KeyValueCache? cache, Tensor? segmentStarts)
    {
        var (b, t) = (queries.size(0), queries.size(1));
        long hkv = _config.NKvHeads, group = _config.NHeads / _config.NKvHeads, d = _config.HeadDim;
        // [b, h, t, d]
        var (q, k, v) = (queries.transpose(1, 2), newKeys.transpose(1, 2), newValues.transpose(1, 2));
        if (cache is not null) (k, v) = cache.Append(_layer, k, v);
        var keys = k.size(2);

        // The queries of a group are stacked along time, so that no key or value is copied.
        var grouped = (q * (1 / Math.Sqrt(d))).reshape(b, hkv, group * t, d);
        // [b, hkv, group·t, keys]
        var scores = MatrixProduct.Batched(grouped, k.transpose(-2, -1), _compute);
        var biased = scores.view(b, _config.NHeads, t, keys) + bias.GetBias((int)t, (int)keys);
        if (segmentStarts is not null)
            biased = biased.masked_fill(MaskEarlierSegments(segmentStarts, keys), float.NegativeInfinity);
        // [b, hq, t, keys]
        var weights = biased.softmax(-1);
        var mixed = MatrixProduct.Batched(weights.view(b, hkv, group * t, keys), v, _compute);
        return mixed.view(b, _config.NHeads, t, d).transpose(1, 2);
    }

    // True for keys of earlier segments of the row.
    private static Tensor MaskEarlierSegments(Tensor segmentStarts, long keys) =>
        // [b, 1, t, keys]
        (
            arange(0, keys, dtype: int64, device: segmentStarts.device).view(1, 1, 1, keys)
            - segmentStarts.view(segmentStarts.size(0), 1, segmentStarts.size(1), 1)).lt(0);
}
