using TurkishLlm.Runs;

namespace TurkishLlm.Training.Safety;

/// <summary>Stops a run if the metric of <c>checkpoints.best_by</c> no longer improves.</summary>
/// <remarks>
/// A function of the recorded values, so a resumed run stops at the same step as an uninterrupted one. Spec: EVL-40.
/// </remarks>
public static class EarlyStopping
{
    /// <summary>
    /// Returns true if the best value is at least as many measurements old as the patience. Values that are not finite are never
    /// the best, and of equal ones the first is.
    /// </summary>
    /// <param name="values">Values in the order of measurement.</param>
    /// <param name="metric">The metric, which knows whether lower values are better.</param>
    /// <param name="patience">Number of measurements without improvement after which to stop; 0 to never stop.</param>
    public static bool ShouldStop(IReadOnlyList<double> values, CheckpointMetric metric, int patience)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(metric);
        if (patience <= 0 || values.Count <= patience) return false;
        var best = -1;
        for (var i = 0; i < values.Count; i++)
            if (metric.IsBetter(values[i], best < 0 ? null : values[best])) best = i;
        return values.Count - 1 - best >= patience;
    }
}
