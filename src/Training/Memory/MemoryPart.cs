namespace TurkishLlm.Training.Memory;

/// <summary>The points of a step at which memory can peak.</summary>
public enum MemoryMoment
{
    /// <summary>After the forward pass, while the loss is computed.</summary>
    Loss,

    /// <summary>In the backward pass of the last block: no activations have been freed yet.</summary>
    Backward,

    /// <summary>At the end of the backward pass: every gradient exists.</summary>
    Gradients,

    /// <summary>During validation, one row at a time.</summary>
    Validation,
}

/// <summary>Bytes of one kind of tensor.</summary>
/// <param name="Name">Name of the kind.</param>
/// <param name="Loss">Bytes at <see cref="MemoryMoment.Loss"/>.</param>
/// <param name="Backward">Bytes at <see cref="MemoryMoment.Backward"/>.</param>
/// <param name="Gradients">Bytes at <see cref="MemoryMoment.Gradients"/>.</param>
/// <param name="Validation">Bytes at <see cref="MemoryMoment.Validation"/>.</param>
public sealed record MemoryPart(string Name, long Loss, long Backward, long Gradients, long Validation)
{
    /// <summary>Returns the bytes at a moment.</summary>
    public long GetBytes(MemoryMoment moment) => moment switch
    {
        MemoryMoment.Loss => Loss,
        MemoryMoment.Backward => Backward,
        MemoryMoment.Gradients => Gradients,
        _ => Validation,
    };
}
