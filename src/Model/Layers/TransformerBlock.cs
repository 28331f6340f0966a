using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Layers;

/// <summary>Attention, then the feed-forward network, each reading a normed copy and adding to an untouched stream.</summary>
/// <remarks>
/// Spec: P33, P34, P35. Source: Xiong et al. 2020, "On Layer Normalization in the Transformer Architecture",
/// arXiv:2002.04745 (pre-norm); reference report, section 6.
/// </remarks>
public sealed class TransformerBlock
{
    private readonly RmsNorm _attentionNorm, _feedForwardNorm;
    private readonly GroupedQueryAttention _attention;
    private readonly SwiGlu _feedForward;
    private readonly double _dropout;

    /// <param name="parameters">Weights of the model. Not copied.</param>
    /// <param name="layer">Number of the block.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="adapter">What is added to some of the weights; null for nothing.</param>
    public TransformerBlock(ParameterTable parameters, int layer, ComputeType compute, FusedKernels fused = FusedKernels.All, Adapter? adapter = null)
    {
        var config = parameters.Config;
        _attentionNorm = new RmsNorm(parameters[$"layers.{layer}.attn_norm.weight"], config.NormEps, fused);
        _feedForwardNorm = new RmsNorm(parameters[$"layers.{layer}.ffn_norm.weight"], config.NormEps, fused);
        _attention = new GroupedQueryAttention(parameters, layer, compute, fused, adapter);
        _feedForward = new SwiGlu(parameters, layer, compute, fused, adapter);
        _dropout = config.Dropout;
    }

    /// <param name="x">Residual stream, <c>[b, t, width]</c>, float32; never changed.</param>
    /// <param name="bias">Biases of the model's heads.</param>
    /// <param name="training">True to drop activations at the rate of the configuration.</param>
    /// <param name="cache">Positions before <paramref name="x"/>, or null when there are none.</param>
    /// <param name="segmentStarts">The first position that each may read, <c>[b, t]</c>, int64; null where all read from the first.</param>
    /// <returns>The stream after the block, same shape.</returns>
    public Tensor Forward(Tensor x, AlibiBiasCache bias, bool training = false, KeyValueCache? cache = null, Tensor? segmentStarts = null)
    {
        x = x + ApplyDropout(_attention.Forward(_attentionNorm.Forward(x), bias, cache, segmentStarts, training), training);
        return x + ApplyDropout(_feedForward.Forward(_feedForwardNorm.Forward(x), training), training);
    }

    // Without a rate no random number is drawn, so that a run without dropout does not depend on the generator.
    private Tensor ApplyDropout(Tensor x, bool training) => training && _dropout > 0 ? F.dropout(x, _dropout, training) : x;
}
