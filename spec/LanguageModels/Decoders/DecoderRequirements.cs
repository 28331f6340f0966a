namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>All requirements for decoders, DEC-01 … DEC-26, in the order of their ids.</summary>
public static class DecoderRequirements
{
    /// <summary>The requirements; their subject is the reference.</summary>
    public static IReadOnlyList<Requirement<DecoderCase, Func<long, Decoder>>> All { get; } =
    [
        .. InOrder.Select(requirement => requirement.InFamily(
            "decoders", UsualPlaces.OfDecoders, isSlow: requirement.Id is "DEC-17" or "DEC-18" or "DEC-20")),
    ];

    private static IReadOnlyList<Requirement<DecoderCase, Func<long, Decoder>>> InOrder =>
    [
        ShapeRequirements.Shape,
        CausalityRequirements.Causal,
        CausalityRequirements.GradientOfTheFuture,
        CausalityRequirements.Prefix,
        RowRequirements.Separate,
        RowRequirements.AnyPlace,
        RowRequirements.GradientOfOtherRows,
        PaddingRequirements.Padding,
        PaddingRequirements.Packing,
        CacheRequirements.TokenByToken,
        CacheRequirements.Chunks,
        CacheRequirements.Separate,
        ModeRequirements.Repeatable,
        ModeRequirements.DropoutInTraining,
        LearningRequirements.FirstLoss,
        GradientRequirements.EveryParameter,
        GradientRequirements.Slope,
        GradientRequirements.StepsMatter,
        StorageRequirements.TiedHead,
        LearningRequirements.Memorizes,
        CausalityRequirements.Reach,
        ShapeRequirements.EveryId,
        StorageRequirements.NumberTypes,
        StorageRequirements.SaveAndLoad,
        ShapeRequirements.IdsUntouched,
        ShapeRequirements.NoLeak,
    ];
}
