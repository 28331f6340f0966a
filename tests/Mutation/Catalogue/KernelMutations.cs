namespace TurkishLlm.Tests.Mutation;

/// <summary>Bugs in C++: each builds for longer than all others together.</summary>
internal static class KernelMutations
{
    private const string Kernels = "src/Torch/native/kernels/", Attention = Kernels + "alibi_attention.cpp";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("kernel-tiles-key-value-heads", ["GQA-01"], Attention, "h / group()) * size", "h % kv_heads) * size",
            "The kernel reads key/value heads in the order 0, 1, 0, 1."),
        new("kernel-slopes-by-key-value-head", ["GQA-07"], Attention, "slopes[h], starts ?", "slopes[h / s.group()], starts ?",
            "The heads of a group share a slope."),
        new("kernel-sees-one-ahead", ["ATT-13", "ATT-04"], Attention, "end = i + 1 - from;", "end = std::min(i + 2, to) - from;",
            "The kernel's mask lets every position see the next one within its block."),
        new("kernel-norm-without-epsilon", ["NRM-06"], Kernels + "rms_norm.cpp", "squares / width + static_cast<float>(eps)", "squares / width",
            "ε is left out."),
        new("kernel-norm-gradient-without-mean", ["NUM-09"], Kernels + "rms_norm.cpp", "out[i] = s * (g[i] * pw[i] - row[i] * mean);", "out[i] = s * g[i] * pw[i];",
            "The statistics carry no gradient."),
        new("kernel-gate-gradient", ["NUM-09"], Kernels + "swiglu.cpp", "dg[i] = d * u[i] * s * (1 + g[i] * (1 - s));", "dg[i] = d * u[i] * s;",
            "The gradient of SiLU is that of a sigmoid's gate."),
        new("kernel-loss-keeps-the-last-chunk", ["LOS-12"], Kernels + "linear_cross_entropy.cpp", "first == 0 ? 0 : 1, dweight", "0, dweight",
            "The head learns from the last chunk of rows only."),
        new("kernel-corrects-a-step-late", ["OPT-11"], Kernels + "adamw.cpp", "1 - std::pow(beta2, step);", "1 - std::pow(beta2, step + 1);",
            "The correction of the second moment is a step ahead."),
        new("kernel-decay-without-rate", ["OPT-13"], Kernels + "adamw.cpp", "keep = 1 - learning_rate * decay", "keep = 1 - 1e-3 * decay",
            "Decay does not follow the learning rate."),
        new("tensor-over-borrowed-memory", ["DAT-21"], "src/Torch/native/tensor.cpp", "*handle = give(view.clone());", "*handle = give(view);",
            "A tensor made of an array goes on using the array's memory."),
    ];
}
