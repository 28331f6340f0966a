namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>Bugs of <see cref="ReferenceAttention"/> and <see cref="ReferenceFeedForward"/>.</summary>
public enum LayerBug
{
    /// <summary>No bug.</summary>
    None,

    /// <summary>The mask lets every position see the next one.</summary>
    SeesOneAhead,

    /// <summary>No mask at all.</summary>
    NoMask,

    /// <summary>Distances are key minus query: the future gets the soft penalty, and what is masked is the past.</summary>
    TransposedDistances,

    /// <summary>The future gets a penalty by its distance in place of −∞.</summary>
    SoftFuture,

    /// <summary>The mask is −10 in place of −∞: the future keeps a little weight.</summary>
    FiniteMask,

    /// <summary>Far tokens are preferred.</summary>
    AlibiSignFlipped,

    /// <summary>No position information.</summary>
    NoAlibi,

    /// <summary>Slopes 2^(−8i/n) from i = 0.</summary>
    SlopesFromZero,

    /// <summary>One slope for all query heads of a group.</summary>
    SlopesByKeyValueHead,

    /// <summary>The bias is rounded to bfloat16.</summary>
    RoundedBias,

    /// <summary>Key/value heads 0, 1, 0, 1 for query heads that should read 0, 0, 1, 1.</summary>
    KeyValueHeadsTiled,

    /// <summary>Every query head reads the first key/value head.</summary>
    FirstKeyValueHeadOnly,

    /// <summary>Every group reads the key/value head of the next group.</summary>
    KeyValueHeadsOfNextGroup,

    /// <summary>The softmax sums to one over queries.</summary>
    SoftmaxOverQueries,

    /// <summary>The softmax runs in bfloat16.</summary>
    RoundedSoftmax,

    /// <summary>The softmax does not subtract the largest score first.</summary>
    UnstableSoftmax,

    /// <summary>The mask is multiplied in after the softmax, so rows do not sum to one.</summary>
    MaskAfterSoftmax,

    /// <summary>No division by √d.</summary>
    ScoresNotScaled,

    /// <summary>Division by √width in place of √d.</summary>
    ScoresScaledByWidth,

    /// <summary>Heads and positions are written to the width in the wrong order.</summary>
    HeadsMergedWithoutTranspose,

    /// <summary>No output projection.</summary>
    NoOutputProjection,

    /// <summary>The gradient does not reach keys and queries.</summary>
    ScoresDetached,

    /// <summary>SiLU is applied to the up projection.</summary>
    GateAndUpSwapped,

    /// <summary>The up projection is never read.</summary>
    UpUnused,

    /// <summary>GELU in place of SiLU.</summary>
    GeluForSilu,

    /// <summary>The sigmoid alone gates: GLU, not SwiGLU.</summary>
    SigmoidGate,

    /// <summary>SiLU is applied to the product.</summary>
    SiluOfProduct,
}
