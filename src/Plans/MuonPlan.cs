namespace TurkishLlm.Plans;

/// <summary>Optimizers.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW for all weights.</summary>
    AdamW,

    /// <summary>Muon for the matrices of the blocks, AdamW for all other weights.</summary>
    Muon,
}

/// <summary>Muon for the matrices of the blocks: section <c>optimizer.muon</c> of a plan.</summary>
/// <remarks>Momentum: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".</remarks>
public sealed record MuonPlan
{
    /// <summary>Peak learning rate of the matrices; null for that of the other weights. Its schedule is the same.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Decay of the running sum of gradients.</summary>
    public double Momentum { get; init; } = 0.95;

    /// <summary>Decoupled weight decay of the matrices; null for that of the other weights.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Returns true for the weights that Muon updates: the matrices of the blocks.</summary>
    /// <param name="weight">Checkpoint name and shape of a weight.</param>
    public static bool IsUpdated((string Name, long[] Shape) weight) =>
        weight.Shape.Length == 2 && weight.Name.StartsWith("layers.", StringComparison.Ordinal);
}
