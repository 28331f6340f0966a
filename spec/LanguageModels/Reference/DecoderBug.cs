namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>One mistake in a <see cref="ReferenceGpt"/>, for impostors.</summary>
internal enum DecoderBug
{
    None,

    // Masks.
    NoMask,
    OneAhead,
    MaskAfterSoftmax,
    MaskOfMinusTen,
    SoftFuture,

    // Positions and lengths.
    PositionsFromTheEnd,
    NormOverTime,
    ScoresScaledByLength,

    // Rows.
    NormOverRows,
    KeysOfRowZero,

    // Padding and packing.
    PaddingAttended,
    PaddingShiftsPositions,
    PaddingMaskInverted,
    PaddingMaskOfQueries,
    SegmentsIgnored,
    SegmentEdgeLate,
    LastTokenOfNeighborVisible,
    PositionsRunOn,

    // Cache.
    CachePositionsRestart,
    CacheWithoutValues,
    CacheLosesLastToken,
    CacheRotatesAgain,
    ChunkNotCausal,
    ChunkSeesOnlyItself,

    // Modes.
    DropoutAlways,
    DropoutNever,
    StaysInTraining,
    DropoutEndsWithEvaluation,

    // Gradients.
    BlockDetached,
    ScoresDetached,
    NormWeightUnused,
    LastBlockSkipped,
    EmbeddingDetached,
    HalfOfStreamDetached,
    HeadStale,
    RouterNormalized,

    // Tying.
    HeadCloned,
    UntiedByLoading,
    UntiedByConversion,

    // Learning.
    EmbeddingOfUnitVariance,
    NoAttention,

    // Number types.
    NormInBFloat16,
    SoftmaxInBFloat16,
    LogitsInBFloat16,
}
