namespace TurkishLlm.Kernels;

/// <summary>
/// Parts of a step that run in fused kernels instead of plain operators. Each can be disabled to measure it.
/// </summary>
[Flags]
public enum FusedKernels
{
    /// <summary>Plain operators only.</summary>
    None = 0,

    /// <summary>Products with weights.</summary>
    Linear = 1,

    /// <summary>RMSNorm.</summary>
    Norm = 2,

    /// <summary>SiLU(gate) ⊙ up.</summary>
    SwiGlu = 4,

    /// <summary>Causal ALiBi attention without the matrix of all scores.</summary>
    Attention = 8,

    /// <summary>Head and cross-entropy without all logits.</summary>
    Loss = 16,

    /// <summary>AdamW.</summary>
    Optimizer = 32,

    /// <summary>All kernels that the device supports.</summary>
    All = Linear | Norm | SwiGlu | Attention | Loss | Optimizer,
}
