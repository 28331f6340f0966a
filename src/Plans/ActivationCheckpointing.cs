namespace TurkishLlm.Plans;

/// <summary>What the backward pass computes again instead of keeping it.</summary>
public enum ActivationCheckpointing
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Everything inside the transformer blocks; only the residual stream between them is kept.</summary>
    Blocks,
}
