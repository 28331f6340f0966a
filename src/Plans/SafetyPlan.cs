using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>What a run does when nobody looks: section <c>safety</c> of a plan.</summary>
/// <remarks>
/// A z-score says how many standard deviations a value lies above the mean of the steps before it. Defaults: nothing is
/// decided about the data that the plan does not ask for; window of 128 steps: Karpathy's llm.c.
/// </remarks>
public sealed record SafetyPlan
{
    /// <summary>When the loss or the gradient is not a finite number: stop, skip or rollback.</summary>
    public DivergenceAction OnDivergence { get; init; } = DivergenceAction.Stop;

    /// <summary>When the loss or the gradient norm jumps: log, stop, skip or rollback.</summary>
    public DivergenceAction OnSpike { get; init; } = DivergenceAction.Log;

    /// <summary>From this z-score on, the loss or the gradient norm has jumped; 0 never looks.</summary>
    public double SpikeZScore { get; init; } = 6;

    /// <summary>Steps whose loss and gradient norm are remembered; before there are so many, nothing is a jump.</summary>
    public int SpikeWindow { get; init; } = 128;

    /// <summary>Most batches that skip or rollback may refuse in a run; the next one stops it.</summary>
    public int MaxRefusedBatches { get; init; } = 20;

    /// <summary>A step this many times longer than the median is told of, after half a minute at least; 0 never looks.</summary>
    public double StallWarningFactor { get; init; } = 20;

    /// <summary>A step this many times longer than the median ends the process, after ten minutes at least; 0 never does.</summary>
    public double StallStopFactor { get; init; } = 200;

    internal IEnumerable<ConfigurationProblem> FindProblems()
    {
        foreach (var problem in (ConfigurationProblem[])
        [
            .. PlanRange.AtLeast(0, SpikeZScore, "safety.spike_zscore"),
            .. PlanRange.AtLeast(2, SpikeWindow, "safety.spike_window"),
            .. PlanRange.AtLeast(0, MaxRefusedBatches, "safety.max_refused_batches"),
            .. PlanRange.AtLeast(0, StallWarningFactor, "safety.stall_warning_factor"),
            .. PlanRange.AtLeast(0, StallStopFactor, "safety.stall_stop_factor"),
        ])
            yield return problem;

        if (OnDivergence == DivergenceAction.Log)
            yield return new("safety.on_divergence is log, but a step on a gradient that is no number destroys every weight. Use stop, skip or rollback.", "safety.on_divergence");
    }
}
