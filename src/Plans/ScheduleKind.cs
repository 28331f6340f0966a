namespace TurkishLlm.Plans;

/// <summary>Shapes of a learning rate over time.</summary>
public enum ScheduleKind
{
    /// <summary>Linear warm-up, then half a cosine down to the minimum.</summary>
    Cosine,

    /// <summary>Linear warm-up, then a straight line that would reach the minimum one step behind the last, so that the last step still learns.</summary>
    Linear,
}
