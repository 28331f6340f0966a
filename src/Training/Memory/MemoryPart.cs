namespace TurkishLlm.Training.Memory;

/// <summary>The points of a run at which memory can be at its highest.</summary>
public enum MemoryMoment
{
    /// <summary>The forward pass is done and the loss is being taken.</summary>
    Loss,

    /// <summary>The backward pass is in the last block: nothing has been given back yet.</summary>
    Backward,

    /// <summary>The backward pass has reached the embedding: every gradient is there.</summary>
    Gradients,

    /// <summary>Measuring the loss on held-out text, one row at a time.</summary>
    Validation,
}

/// <summary>What one kind of tensor takes, in bytes.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Loss">At <see cref="MemoryMoment.Loss"/>.</param>
/// <param name="Backward">At <see cref="MemoryMoment.Backward"/>.</param>
/// <param name="Gradients">At <see cref="MemoryMoment.Gradients"/>.</param>
/// <param name="Validation">At <see cref="MemoryMoment.Validation"/>.</param>
public sealed record MemoryPart(string Name, long Loss, long Backward, long Gradients, long Validation)
{
    /// <summary>Bytes at a moment.</summary>
    public long GetBytes(MemoryMoment moment) => moment switch
    {
        MemoryMoment.Loss => Loss,
        MemoryMoment.Backward => Backward,
        MemoryMoment.Gradients => Gradients,
        _ => Validation,
    };
}
