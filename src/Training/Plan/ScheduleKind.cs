namespace TurkishLlm.Training;

/// <summary>Shapes of a learning rate over time.</summary>
public enum ScheduleKind
{
    /// <summary>Linear warm-up, then half a cosine down to the minimum.</summary>
    Cosine,
}
