namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class BlockMutations
{
    private const string Norm = "src/Model/Layers/RmsNorm.cs",
        Block = "src/Model/Layers/TransformerBlock.cs",
        FeedForward = "src/Model/Layers/SwiGlu.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "residual-after-norm",
            ["BUG-NRM-02"],
            Block,
            "x = x + ApplyDropout(_attention.Forward(_attentionNorm.Forward(x), "
                + "bias, cache, segmentStarts, training), training);",
            "x = _attentionNorm.Forward(x);\n        "
                + "x = x + ApplyDropout(_attention.Forward(x, bias, cache, segmentStarts, training), training);",
            "The block adds to the normalized copy of the stream."),
        new(
            "norm-in-place",
            ["BUG-NRM-01"],
            Norm, "return x * (meanSquare + eps).rsqrt() * weight;",
            "using var grad = TorchSharp.torch.no_grad();\n        return x.mul_((meanSquare + eps).rsqrt()) * weight;",
            "The norm overwrites its input."),
        new(
            "feed-forward-without-norm",
            ["BUG-NRM-03"],
            Block, "_feedForward.Forward(_feedForwardNorm.Forward(x), training)", "_feedForward.Forward(x, training)",
            "Only attention reads the normed stream."),
        new("one-norm-for-both", ["BUG-PLB-02"], Block, "ffn_norm.weight", "attn_norm.weight",
            "Both norms of a block have one weight; the other is never used."),
        new("no-final-norm", ["BUG-NRM-04"], "src/Model/LanguageModel.cs", "return _norm.Forward(x);", "return x;",
            "The stream enters the head without a norm."),
        new(
            "statistics-in-bfloat16",
            ["BUG-NRM-05"],
            Norm, "x.square().mean(", "x.to(TorchSharp.torch.bfloat16).square().to(TorchSharp.torch.float32).mean(",
            "The mean square is computed from rounded numbers."),
        new(
            "epsilon-outside-the-root",
            ["BUG-NRM-06"],
            Norm, "x * (meanSquare + eps).rsqrt() * weight;", "x / (meanSquare.sqrt() + eps) * weight;",
            "ε is added to the root."),
        new(
            "epsilon-of-the-library",
            ["BUG-NRM-06"],
            Block,
            """ffn_norm.weight"], config.NormEps""",
            """ffn_norm.weight"], 1e-5""",
            "ε is a default, not that of the configuration."),
        new("mean-square-over-time", ["BUG-NRM-07"], Norm, "mean([-1L]", "mean([-2L, -1L]",
            "One scalar carries the future to every position."),
        new(
            "gate-and-up-swapped",
            ["BUG-NRM-10"],
            FeedForward, "FusedOperators.SwiGluLinear(gate, up,", "FusedOperators.SwiGluLinear(up, gate,",
            "SiLU is applied to the up projection in training."),
        new(
            "gate-and-up-swapped-on-other-devices",
            ["BUG-NRM-10"],
            FeedForward, "_down.Forward(F.silu(gate) * up", "_down.Forward(gate * F.silu(up)",
            "SiLU is applied to the up projection if the kernels do not run."),
        new("silu-without-up", ["BUG-NRM-11"], FeedForward, "_down.Forward(F.silu(gate) * up", "_down.Forward(F.silu(gate)",
            "The up projection is never used."),
        new(
            "feed-forward-adds-nothing",
            [],
            Block, "        return x + ApplyDropout(_feedForward", "        return x + 0 * ApplyDropout(_feedForward",
            "The feed-forward network adds nothing."),
    ];
}
