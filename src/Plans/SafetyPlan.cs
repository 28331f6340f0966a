using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>Actions on harmful batches and stalled steps: section <c>safety</c> of a plan.</summary>
/// <remarks>
/// A z-score is the distance of a value from the mean of the steps before it, in standard deviations. By default, no batch
/// is skipped; the window of 128 steps is that of Karpathy's llm.c.
/// </remarks>
public sealed record SafetyPlan
{
    /// <summary>Action if the loss or the gradient is not finite: stop, skip or rollback.</summary>
    public DivergenceAction OnDivergence { get; init; } = DivergenceAction.Stop;

    /// <summary>Action if the loss or the gradient norm jumps: log, stop, skip or rollback.</summary>
    public DivergenceAction OnSpike { get; init; } = DivergenceAction.Log;

    /// <summary>Z-score of the loss or the gradient norm that counts as a jump; 0 = never.</summary>
    public double SpikeZScore { get; init; } = 6;

    /// <summary>Number of recent steps that define the mean; with fewer steps, nothing is a jump.</summary>
    public int SpikeWindow { get; init; } = 128;

    /// <summary>Maximum number of batches that a run skips or rolls back; one more stops it.</summary>
    public int MaxRefusedBatches { get; init; } = 20;

    /// <summary>Warn if a step takes N times the median, and more than half a minute; 0 = never.</summary>
    public double StallWarningFactor { get; init; } = 20;

    /// <summary>End the process if a step takes N times the median, and more than ten minutes; 0 = never.</summary>
    public double StallStopFactor { get; init; } = 200;

    internal IEnumerable<ConfigurationProblem> FindProblems()
    {
        if (OnDivergence == DivergenceAction.Log)
            yield return new(
                "safety.on_divergence is log, but a step with a gradient that is not finite destroys all "
                    + "weights. Use stop, skip or rollback.",
                "safety.on_divergence");
    }
}
