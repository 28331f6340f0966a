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
}
