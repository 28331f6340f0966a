namespace TurkishLlm.Tools.Mutation.Catalog;

/// <summary>Bugs in the fused operators of the CPU.</summary>
internal static class KernelMutations
{
    private const string Folder = "src/Kernels/Cpu/";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("kernel-tiles-key-value-heads", ["BUG-GQA-01"], Folder + "AttentionShape.cs",
            "head % Heads / GroupSize;", "head % Heads % KeyValueHeads;",
            "Query heads read key/value heads in the order 0, 1, 0, 1."),
        new("kernel-slopes-by-key-value-head", ["BUG-GQA-07"], Folder + "AttentionInput.cs",
            "[head % Shape.Heads];", "[head % Shape.Heads / Shape.GroupSize];",
            "The heads of a group share a slope."),
        new("kernel-sees-one-ahead", ["BUG-ATT-13", "BUG-ATT-04"], Folder + "AttentionForward.cs",
            "first + r + 1 - from, to - from,", "Math.Min(first + r + 2, to) - from, to - from,",
            "The mask lets every position see the next one within its block."),
        new("kernel-gradient-sees-other-segments", ["BUG-SFT-16"], Folder + "AttentionTile.cs",
            "first = Math.Clamp((int)FirstKeys[i + VectorMath.Lanes - 1] - from, 0, count);", "first = 0;",
            "The backward pass gives weight to keys of the segment before."),
        new(
            "kernel-norm-without-epsilon",
            ["BUG-NRM-06"],
            Folder + "CpuRmsNorm.cs", "sum / width + eps", "sum / width", "ε is missing."),
        new("kernel-norm-gradient-without-mean", ["BUG-NUM-09"], Folder + "CpuRmsNorm.cs",
            "(scales * (vg * Vector512.Load(w + i) - vx * means)).Store(dx + i);",
            "(scales * (vg * Vector512.Load(w + i))).Store(dx + i);",
            "The statistics carry no gradient."),
        new("kernel-gate-gradient", ["BUG-NUM-09"], Folder + "CpuSwiGlu.cs",
            "(d * u * s * (Vector512<float>.One + g * (Vector512<float>.One - s))).Store(dgate + i);",
            "(d * u * s).Store(dgate + i);",
            "The gradient of SiLU is that of a sigmoid's gate."),
        new("kernel-loss-keeps-the-last-chunk", ["BUG-LOS-12"], Folder + "TiledLinearCrossEntropy.cs",
            "add: chunk.First > 0 || first > 0);", "add: first > 0);",
            "The head is trained on the last chunk of rows only."),
        new("kernel-joins-ranges-of-different-references", ["BUG-LOS-12"], Folder + "TiledLinearCrossEntropy.cs",
            "sum += state.Sum * VectorMath.Exp(state.Reference - reference);", "sum += state.Sum;",
            "Sums over parts of the vocabulary are added though each has another reference."),
        new("kernel-rescales-no-sum", ["BUG-NUM-09"], Folder + "TiledLinearCrossEntropy.cs",
            "state.Sum *= factor;", "state.Sum *= 1;",
            "A later, much higher logit leaves the sum before it as it was."),
        new("kernel-corrects-a-step-late", ["BUG-OPT-11"], Folder + "CpuAdamW.cs",
            "1 - Math.Pow(beta2, step);", "1 - Math.Pow(beta2, step + 1);",
            "The bias correction of the second moment is a step ahead."),
        new("kernel-decay-without-rate", ["BUG-OPT-13"], Folder + "CpuAdamW.cs",
            "(float)(1 - learningRate * weightDecay)", "(float)(1 - 1e-3 * weightDecay)",
            "Decay does not follow the learning rate."),
        new("kernel-leaves-gradients-unwritten", ["BUG-LOS-14"], Folder + "CpuLinearCrossEntropy.cs",
            "(chosen.numel() == 0 ? zeros_like(w) : OutputTensor.EmptyLike(w))", "OutputTensor.EmptyLike(w)",
            "Without a counted target the gradient of the head is what the memory held before."),
        new("kernel-reaches-too-short", ["BUG-ATT-21"], Folder + "AttentionInput.cs",
            "(88 + 2 * bound) / Slope(head)", "(8 + 2 * bound) / Slope(head)",
            "Keys with a weight below e^-8 of the largest are skipped."),
        new("kernel-reach-ignores-scores", ["BUG-ATT-21"], Folder + "AttentionInput.cs",
            "(88 + 2 * bound) / Slope(head)", "(88 + 0 * bound) / Slope(head)",
            "A high score does not bring a key nearer."),
    ];
}
