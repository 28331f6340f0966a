namespace TurkishLlm.Kernels;

/// <summary>
/// Which parts of a step run in kernels of our own instead of plain operators. Each can be switched off to measure it.
/// </summary>
[Flags]
public enum FusedKernels
{
    /// <summary>Plain operators everywhere.</summary>
    None = 0,

    /// <summary>Products with weights.</summary>
    Linear = 1,

    /// <summary>RMSNorm.</summary>
    Norm = 2,

    /// <summary>SiLU(gate) ⊙ up.</summary>
    SwiGlu = 4,

    /// <summary>Causal ALiBi attention, without a matrix of all scores.</summary>
    Attention = 8,

    /// <summary>Head and cross-entropy, without the logits.</summary>
    Loss = 16,

    /// <summary>AdamW.</summary>
    Optimizer = 32,

    /// <summary>All of them, where the device has them.</summary>
    All = Linear | Norm | SwiGlu | Attention | Loss | Optimizer,
}
