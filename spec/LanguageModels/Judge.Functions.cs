using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Specification.LanguageModels.Oracles;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels;

public static partial class Judge
{
    /// <summary>Returns the requirements of RMSNorm: P15, P16, P18, NRM-01 … NRM-04.</summary>
    /// <param name="norm">The function.</param>
    /// <example>
    /// <code>
    /// Judge.Norm((x, weight, eps) => MyNorm(x, weight, eps)).Verify();
    /// </code>
    /// </example>
    public static Catalog Norm(Norm norm)
    {
        ArgumentNullException.ThrowIfNull(norm);
        return new("RMSNorm", NormRequirements.All.Select(requirement => requirement.For((_, _) => norm)));
    }

    /// <summary>Returns the requirements of LayerNorm: LNM-01 … LNM-04.</summary>
    /// <param name="norm">The function.</param>
    /// <example>
    /// <code>
    /// Judge.LayerNorm((x, weight, bias, eps) => functional.layer_norm(x, [x.size(-1)], weight, bias, eps)).Verify();
    /// </code>
    /// </example>
    public static Catalog LayerNorm(LayerNorm norm)
    {
        ArgumentNullException.ThrowIfNull(norm);
        return new("LayerNorm", LayerNormRequirements.All.Select(requirement => requirement.For((_, _) => norm)));
    }

    /// <summary>Returns the requirements of causal attention: P26, P27, P29, ATT-04 … ATT-06, GQA-01 … GQA-03.</summary>
    /// <param name="attend">The function of queries, keys and values.</param>
    /// <param name="alibi">
    /// True if it adds linear biases with the slopes 2^(−8h/n). False if it adds nothing, as a function that gets rotated queries
    /// and keys; then GQA-02, which is about slopes, is missing.
    /// </param>
    /// <example>
    /// <code>
    /// Judge.AttentionHeads((q, k, v) => MyAttention(q, k, v)).Verify(new Conditions(CUDA, ScalarType.BFloat16));
    /// </code>
    /// </example>
    public static Catalog AttentionHeads(AttentionHeads attend, bool alibi = false)
    {
        ArgumentNullException.ThrowIfNull(attend);
        return Attention(SubjectLayer.From(attend), alibi);
    }

    /// <summary>Returns the requirements of causal attention with its projections, as <see cref="AttentionHeads"/>.</summary>
    /// <param name="attention">The function of the input and the projections.</param>
    /// <param name="alibi">True if it adds linear biases with the slopes 2^(−8h/n), false if it has no positions.</param>
    /// <example>
    /// <code>
    /// Judge.AttentionLayer((x, w) => MyLayer(x, w.Query, w.Key, w.Value, w.Output, w.Heads)).Verify();
    /// </code>
    /// </example>
    public static Catalog AttentionLayer(AttentionLayer attention, bool alibi = false)
    {
        ArgumentNullException.ThrowIfNull(attention);
        return Attention(SubjectLayer.From(attention), alibi);
    }

    /// <summary>Returns the requirements of a feed-forward network with SwiGLU: P30, P31, FFN-01, FFN-02.</summary>
    /// <param name="network">The function of the input and the three weights.</param>
    /// <example>
    /// <code>
    /// Judge.FeedForward((x, gate, up, down) => linear(silu(linear(x, gate)) * linear(x, up), down)).Verify();
    /// </code>
    /// </example>
    public static Catalog FeedForward(FeedForward network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new("SwiGLU", FeedForwardRequirements.All.Select(requirement => requirement.For(SubjectLayer.From(network))));
    }

    /// <summary>Returns the requirements of linear biases and of the mask: P21 … P25, ATT-01, ATT-02.</summary>
    /// <param name="bias">The function of heads, queries and keys; its result is on the device of the conditions.</param>
    /// <example>
    /// <code>
    /// Judge.AlibiBias((heads, queries, keys) => MyBias(heads, queries, keys)).Verify();
    /// </code>
    /// </example>
    public static Catalog AlibiBias(BiasFunction bias)
    {
        ArgumentNullException.ThrowIfNull(bias);
        return new("ALiBi", BiasRequirements.All.Select(requirement => requirement.For((_, _) => bias)));
    }

    /// <summary>Returns the requirements of the slopes of linear biases: P19, P20, ATT-03.</summary>
    /// <param name="slopes">The function of the number of heads.</param>
    /// <example>
    /// <code>
    /// Judge.AlibiSlopes(heads => [.. Enumerable.Range(1, heads).Select(h => (float)Math.Pow(2, -8.0 * h / heads))]).Verify();
    /// </code>
    /// </example>
    public static Catalog AlibiSlopes(SlopeFunction slopes)
    {
        ArgumentNullException.ThrowIfNull(slopes);
        return new("ALiBi slopes", SlopeRequirements.All.Select(requirement => requirement.For((_, _) => slopes)));
    }

    /// <summary>Returns the requirements of the cross-entropy of every position: LOS-01 … LOS-06.</summary>
    /// <param name="loss">The function; 0 at ignored targets.</param>
    /// <param name="ignoreIndex">The target that it ignores; −100 in PyTorch.</param>
    /// <example>
    /// <code>
    /// Judge.Loss((logits, targets) => MyCrossEntropy(logits, targets), ignoreIndex: -100).Verify();
    /// </code>
    /// </example>
    public static Catalog Loss(LossFunction loss, long ignoreIndex = CrossEntropyOracle.IgnoreIndex)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return new("loss", LossRequirements.All.Select(requirement => requirement.For(
            (_, _) => (logits, targets) => loss(logits, Ignore(targets, ignoreIndex)))));
    }

    /// <summary>Returns the requirements of a mean cross-entropy: MLS-01, MLS-02 and LOS-01 … LOS-06.</summary>
    /// <param name="mean">The function; targets that are ignored do not count.</param>
    /// <param name="ignoreIndex">The target that it ignores; −100 in PyTorch.</param>
    /// <example>
    /// <code>
    /// Judge.MeanLoss(
    ///     (logits, targets) => cross_entropy(logits.to(float32).flatten(0, 1), targets.flatten()), ignoreIndex: -100).Verify();
    /// </code>
    /// </example>
    public static Catalog MeanLoss(MeanLoss mean, long ignoreIndex = CrossEntropyOracle.IgnoreIndex)
    {
        ArgumentNullException.ThrowIfNull(mean);
        MeanLoss own = (logits, targets) => mean(logits, Ignore(targets, ignoreIndex));
        return new(
            "mean loss",
            [
                .. MeanLossRequirements.All.Select(requirement => requirement.For((_, _) => own)),
                .. LossRequirements.All.Select(requirement => requirement.For((_, _) => MeanLossRequirements.ByPosition(own))),
            ]);
    }

    private static Tensor Ignore(Tensor targets, long index) =>
        targets.masked_fill(targets.eq(CrossEntropyOracle.IgnoreIndex), index);

    private static Catalog Attention(Func<LayerCase, Conditions, SubjectLayer> subject, bool alibi) => new(
        "attention",
        (alibi ? AttentionRequirements.WithAlibi : AttentionRequirements.WithoutPositions)
            .All.Select(requirement => requirement.For(subject)));
}
