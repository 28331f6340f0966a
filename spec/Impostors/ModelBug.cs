namespace TurkishLlm.Spec.Impostors;

/// <summary>
/// Bugs of a forward pass around its layers, with which training still looks normal. Each is one line of
/// <see cref="PlantedModel"/>.
/// </summary>
public enum ModelBug
{
    /// <summary>No bug.</summary>
    None,

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
