namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>The requirements of causal attention with shared key/value heads: P26, P27, P29, ATT-04 … ATT-06, GQA.</summary>
/// <param name="alibi">
/// True for linear biases of the scores; false for attention without positions, which lacks GQA-02 and impostors of the bias.
/// </param>
public sealed partial class AttentionRequirements(bool alibi)
{
    /// <summary>With linear biases.</summary>
    public static AttentionRequirements WithAlibi { get; } = new(alibi: true);

    /// <summary>Without positions, as for attention that reads rotated queries and keys.</summary>
    public static AttentionRequirements WithoutPositions { get; } = new(alibi: false);

    /// <summary>P26.</summary>
    public Requirement<LayerCase, SubjectLayer> Shape { get; } = CreateShape(alibi);

    /// <summary>P27.</summary>
    public Requirement<LayerCase, SubjectLayer> GroupSize { get; } = CreateGroupSize(alibi);

    /// <summary>P29.</summary>
    public Requirement<LayerCase, SubjectLayer> Causal { get; } = CreateCausal(alibi);

    /// <summary>ATT-04.</summary>
    public Requirement<LayerCase, SubjectLayer> Oracle { get; } = CreateOracle(alibi);

    /// <summary>ATT-05.</summary>
    public Requirement<LayerCase, SubjectLayer> Gradient { get; } = CreateGradient(alibi);

    /// <summary>ATT-06.</summary>
    public Requirement<LayerCase, SubjectLayer> WeightsSumToOne { get; } = CreateWeightsSumToOne(alibi);

    /// <summary>GQA-01.</summary>
    public Requirement<LayerCase, SubjectLayer> HeadOrder { get; } = CreateHeadOrder(alibi);

    /// <summary>GQA-02.</summary>
    public Requirement<LayerCase, SubjectLayer> SlopePerQueryHead { get; } = CreateSlopePerQueryHead(alibi);

    /// <summary>GQA-03.</summary>
    public Requirement<LayerCase, SubjectLayer> AnySharing { get; } = CreateAnySharing(alibi);

    /// <summary>All of them; their subject is attention of plain operators.</summary>
    public IReadOnlyList<Requirement<LayerCase, SubjectLayer>> All =>
    [
        Shape, GroupSize, Causal, Oracle, Gradient, WeightsSumToOne, HeadOrder,
        .. alibi ? [SlopePerQueryHead] : Nothing,
        AnySharing,
    ];

    private static IReadOnlyList<Requirement<LayerCase, SubjectLayer>> Nothing => [];
}
