namespace TurkishLlm.Plans;

/// <summary>Shapes of the learning rate schedule.</summary>
public enum ScheduleKind
{
    /// <summary>Linear warm-up, then half a cosine to the minimum.</summary>
    Cosine,

    /// <summary>
    /// Linear warm-up, then a line that would reach the minimum one step after the last, so that the last step still learns.
    /// </summary>
    Linear,

    /// <summary>
    /// Warm-up, stable, decay: linear warm-up, the peak, and at the end a decay to the minimum, which the last step has.
    /// </summary>
    Wsd,
}

/// <summary>Shapes of the decay of <see cref="ScheduleKind.Wsd"/>, where p is the part of the decay that is over.</summary>
public enum DecayShape
{
    /// <summary>1 − p.</summary>
    Linear,

    /// <summary>1 − √p: falls fast, then slowly.</summary>
    Sqrt,
}
