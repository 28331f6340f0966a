using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Impostors;

/// <summary>
/// A second implementation of the forward pass, with plain operators and nothing of <c>src/Model</c> but the parameter table, and
/// with one optional bug. With <see cref="PlantedBug.None"/> it equals the real model, as a test verifies.
/// </summary>
/// <param name="parameters">Weights. Not owned.</param>
/// <param name="bug">The bug.</param>
/// <param name="compute">Number type of the products.</param>
public sealed class PlantedModel(ParameterTable parameters, PlantedBug bug, ComputeType compute) : IDisposable
{
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> _cache = [];
    private readonly ModelConfig _config = parameters.Config;
    private readonly Tensor _embedding = parameters["embed_tokens.weight"];
    private readonly Tensor _untiedEmbedding = parameters["embed_tokens.weight"].detach().clone();

    // Bugs inside of attention and of the feed-forward network are those of the references.
    private readonly ReferenceAttention _attention = new(
        parameters.Config.NHeads, parameters.Config.NKvHeads, Alibi: true, compute.NumberType, bug.Layer);

    /// <summary>Ids <c>[b, t]</c> to logits <c>[b, t, vocabulary]</c>.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="cached">True if earlier calls computed the positions before.</param>
    public Tensor Logits(Tensor ids, bool cached = false)
    {
        var x = Embed(ids);
        for (var i = 0; i < _config.NLayers; i++)
        {
            if (IsPlanted(ModelBug.LastBlockSkipped) && i == _config.NLayers - 1) continue;
            if (IsPlanted(ModelBug.GraphCut) && i == _config.NLayers - 1) x = x.detach();
            x = Block(x, IsPlanted(ModelBug.OneBlockShared) ? 0 : i, cached);
        }
        if (!IsPlanted(ModelBug.NoFinalNorm)) x = Norm(x, parameters["norm.weight"], _config.NormEps);
        return Linear(
            x, !_config.TieEmbeddings ? parameters["lm_head.weight"]
                : IsPlanted(ModelBug.HeadUntied) ? _untiedEmbedding
                : _embedding);
    }

    /// <summary>Computes a block, <c>[b, t, width]</c> to the same shape.</summary>
    public Tensor Block(Tensor x, int layer, bool cached = false)
    {
        var (first, second) = (parameters[$"layers.{layer}.attn_norm.weight"], parameters[$"layers.{layer}.ffn_norm.weight"]);
        var eps = _config.NormEps;
        switch (bug.Model)
        {
            case ModelBug.PostNorm:
                x = Norm(x + Attention(x, layer, cached), first, eps);
                return Norm(x + FeedForward(x, layer), second, eps);
            case ModelBug.ParallelBranches:
                return x + Attention(Norm(x, first, eps), layer, cached) + FeedForward(Norm(x, second, eps), layer);
            case ModelBug.NoResidual:
                x = Attention(Norm(x, first, eps), layer, cached);
                return FeedForward(Norm(x, second, eps), layer);
        }
        var normed = Norm(x, first, eps);
        x = (IsPlanted(ModelBug.ResidualFromNormed) ? normed : x) + Attention(normed, layer, cached);
        normed = IsPlanted(ModelBug.OneNormOnly) ? x : Norm(x, second, eps);
        return (IsPlanted(ModelBug.ResidualFromNormed) ? normed : x) + FeedForward(normed, layer);
    }

    /// <summary>Computes the output of attention, <c>[b, t, width]</c>.</summary>
    public Tensor Attention(Tensor x, int layer, bool cached = false)
    {
        var t = x.size(1);
        var q = Heads(Linear(x, Weight(layer, "attn.q_proj")), _config.NHeads);                 // [b, hq,  t, d]
        var k = Heads(Linear(x, Weight(layer, "attn.k_proj")), _config.NKvHeads);               // [b, hkv, t, d]
        var v = Heads(Linear(x, Weight(layer, "attn.v_proj")), _config.NKvHeads);
        if (cached) (k, v) = UpdateCache(layer, k, v);
        var mixed = _attention.Mix(q, k, v, Bias((int)t, (int)k.size(2), x.device, cached));
        return _attention.Project(mixed, Weight(layer, "attn.o_proj"));
    }

    /// <summary>Computes the output of the feed-forward network, in the shape of the input.</summary>
    public Tensor FeedForward(Tensor x, int layer) =>
        new ReferenceFeedForward(compute.NumberType, bug.Layer).Forward(
            x, Weight(layer, "ffn.gate_proj"), Weight(layer, "ffn.up_proj"), Weight(layer, "ffn.down_proj"));

    /// <summary>Computes a norm over the last axis.</summary>
    public Tensor Norm(Tensor x, Tensor weight, double eps)
    {
        long[] axes = IsPlanted(ModelBug.RmsOverTime) ? [-2, -1] : IsPlanted(ModelBug.RmsOverBatch) ? [0, -1] : [-1];
        if (IsPlanted(ModelBug.LayerNorm)) x = x - x.mean([-1], keepdim: true);
        var meanSquare = x.square().mean(axes, keepdim: true);
        if (IsPlanted(ModelBug.NormStatisticsDetached)) meanSquare = meanSquare.detach();
        return IsPlanted(ModelBug.EpsilonOutsideRoot)
            ? x / (meanSquare.sqrt() + eps) * weight
            : x / (meanSquare + eps).sqrt() * weight;
    }

    /// <summary>Computes the bias that is added to the scores, <c>[hq, queries, keys]</c>.</summary>
    public Tensor Bias(int queries, int keys, Device device, bool cached = false)
    {
        if (cached && keys > queries && IsPlanted(ModelBug.CachedBiasZero))
            return zeros([_config.NHeads, queries, keys], float32, device);
        return _attention.Bias(queries, keys, device, cached && IsPlanted(ModelBug.CachedMaskTopLeft) ? 0 : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _untiedEmbedding.Dispose();
        foreach (var (keys, values) in _cache.Values)
        {
            keys.Dispose();
            values.Dispose();
        }
    }

    private Tensor Embed(Tensor ids)
    {
        if (IsPlanted(ModelBug.IdsWrap)) ids = ids - ids.ge(_config.VocabSize - 1).to(int64) * (_config.VocabSize - 1);
        if (IsPlanted(ModelBug.IdsClamped)) ids = ids.clamp(max: _config.VocabSize - 2);
        var rows = (IsPlanted(ModelBug.InputUntied) ? _untiedEmbedding : _embedding)
            .index_select(0, ids.reshape(-1))
            .view(ids.size(0), ids.size(1), -1);
        return IsPlanted(ModelBug.PaddingRowSuppressed) ? where(ids.eq(2).unsqueeze(-1), rows.detach(), rows) : rows;
    }

    private (Tensor Keys, Tensor Values) UpdateCache(int layer, Tensor k, Tensor v)
    {
        if (_cache.TryGetValue(layer, out var before))
        {
            k = cat([before.Keys, k], 2);
            v = cat([before.Values, v], 2);
        }
        _cache[layer] = (k.detach().clone().DetachFromDisposeScope(), v.detach().clone().DetachFromDisposeScope());
        before.Keys?.Dispose();
        before.Values?.Dispose();
        if (before.Keys is null) return (k, v);
        if (IsPlanted(ModelBug.CacheSwapsKeysAndValues)) return (v, k);
        return IsPlanted(ModelBug.CacheForgetsFirst) ? (k.roll(-1, 2), v.roll(-1, 2)) : (k, v);
    }

    private bool IsPlanted(ModelBug asked) => bug.Model == asked;

    private Tensor Weight(int layer, string name) => parameters[$"layers.{layer}.{name}.weight"];

    private Tensor Heads(Tensor x, int heads) => x.view(x.size(0), x.size(1), heads, _config.HeadDim).transpose(1, 2);

    private Tensor Linear(Tensor x, Tensor weight) =>
        nn.functional.linear(x.to(compute.NumberType), weight.to(compute.NumberType)).to(float32);
}
