using TurkishLlm.Runs;

namespace TurkishLlm.Training.Checkpoints;

/// <summary>The best step so far by <c>checkpoints.best_by</c> of the plan.</summary>
/// <param name="Step">The step.</param>
/// <param name="Value">Its value of the metric.</param>
/// <param name="Metric">Name of the metric. Values of another metric are not comparable.</param>
/// <remarks>Of equal values, the first wins. Spec: SAF-05, EVL-37.</remarks>
public sealed record BestStep(long Step, double Value, string Metric)
{
    /// <summary>
    /// Returns the better of the previous best and a new measurement. A value that is not finite is never the best.
    /// </summary>
    /// <param name="before">The best step so far; null for none.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="step">The step of the new measurement.</param>
    /// <param name="value">The new value.</param>
    public static BestStep? Update(BestStep? before, CheckpointMetric metric, long step, double value)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return metric.IsBetter(value, before?.Value) ? new(step, value, metric.Name) : before;
    }
}
