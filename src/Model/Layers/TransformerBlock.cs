using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Model.Layers;

/// <summary>A pre-norm transformer block: attention, then the feed-forward network, each added to the residual stream.</summary>
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
    /// <param name="layer">Index of the block.</param>
    /// <param name="compute">Number type of the products.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="adapter">Adapter to apply; null for none.</param>
    public TransformerBlock(
        ParameterTable parameters, int layer, ComputeType compute,
        FusedKernels fused = FusedKernels.All,
        Adapter? adapter = null)
    {
        var config = parameters.Config;
        _attentionNorm = new RmsNorm(parameters[$"layers.{layer}.attn_norm.weight"], config.NormEps, fused);
        _feedForwardNorm = new RmsNorm(parameters[$"layers.{layer}.ffn_norm.weight"], config.NormEps, fused);
        _attention = new GroupedQueryAttention(parameters, layer, compute, fused, adapter);
        _feedForward = new SwiGlu(parameters, layer, compute, fused, adapter);
        _dropout = config.Dropout;
    }

    /// <param name="x">The residual stream, <c>[b, t, width]</c>, float32; not modified.</param>
    /// <param name="bias">ALiBi biases of the model.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <param name="cache">Keys and values of earlier positions; null for none.</param>
    /// <param name="segmentStarts">
    /// First position that each position may attend to, <c>[b, t]</c>, int64; null if all attend to the whole row.
    /// </param>
    /// <returns>The residual stream after the block, same shape.</returns>
    public Tensor Forward(
        Tensor x, AlibiBiasCache bias,
        bool training = false,
        KeyValueCache? cache = null,
        Tensor? segmentStarts = null)
    {
        x = x + ApplyDropout(_attention.Forward(_attentionNorm.Forward(x), bias, cache, segmentStarts, training), training);
        return x + ApplyDropout(_feedForward.Forward(_feedForwardNorm.Forward(x), training), training);
    }

    // Without dropout no random number is drawn, so that the run does not depend on the generator.
    private Tensor ApplyDropout(Tensor x, bool training) => training && _dropout > 0 ? F.dropout(x, _dropout, training) : x;
}
