namespace TurkishLlm.Spec.Impostors;

/// <summary>
/// Bugs of a forward pass with which training still looks normal. Each is one line of <see cref="PlantedModel"/>.
/// </summary>
public enum PlantedBug
{
    /// <summary>No bug: the real model, written a second time.</summary>
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

    /// <summary>The stream enters the head without a norm.</summary>
    NoFinalNorm,

    /// <summary>Norms come after the addition.</summary>
    PostNorm,

    /// <summary>A block adds to the normalized copy instead of the residual stream.</summary>
    ResidualFromNormed,

    /// <summary>The block's output replaces the stream.</summary>
    NoResidual,

    /// <summary>The feed-forward network reads the stream without a norm.</summary>
    OneNormOnly,

    /// <summary>Attention and feed-forward network read the same input.</summary>
    ParallelBranches,

    /// <summary>The mean square is taken over time as well.</summary>
    RmsOverTime,

    /// <summary>The mean square is taken over the rows of the batch as well.</summary>
    RmsOverBatch,

    /// <summary>ε is added to the root.</summary>
    EpsilonOutsideRoot,

    /// <summary>The mean is subtracted before.</summary>
    LayerNorm,

    /// <summary>The statistics carry no gradient.</summary>
    NormStatisticsDetached,

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

    /// <summary>The head is a copy of the embedding.</summary>
    HeadUntied,

    /// <summary>The embedding that is read is a copy of the one in the table.</summary>
    InputUntied,

    /// <summary>The row of the padding token gets no gradient from the input.</summary>
    PaddingRowSuppressed,

    /// <summary>Every block is the first one.</summary>
    OneBlockShared,

    /// <summary>The last block is not called.</summary>
    LastBlockSkipped,

    /// <summary>The graph is cut between the blocks.</summary>
    GraphCut,

    /// <summary>Ids are taken modulo the vocabulary size minus one.</summary>
    IdsWrap,

    /// <summary>Ids are clamped below the last of the vocabulary.</summary>
    IdsClamped,

    /// <summary>With a cache, the bias of the single query is all zero.</summary>
    CachedBiasZero,

    /// <summary>With a cache, the mask counts queries from the first key.</summary>
    CachedMaskTopLeft,

    /// <summary>With a cache, keys and values are exchanged.</summary>
    CacheSwapsKeysAndValues,

    /// <summary>With a cache, the oldest position is lost.</summary>
    CacheForgetsFirst,
}
