using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Runs;

/// <summary>Compares the metrics of tasks with the bounds of a plan, <c>at_least</c> and <c>at_most</c>.</summary>
/// <remarks>A function of the recorded steps, so a resumed run judges like an uninterrupted one. Spec: EVL-41.</remarks>
public static class QualityBounds
{
    /// <summary>
    /// Returns what the best checkpoint misses: of each task, the last measurement up to the best step; if it was not asked by
    /// then, the first one after it.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="steps">The steps of the run, in order.</param>
    public static IReadOnlyList<MissedBound> Judge(TrainingPlan plan, IReadOnlyList<StepMetrics> steps)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(steps);
        var best = plan.Checkpoints.KeepBest ? CheckpointMetric.FromPlan(plan).FindBest(steps)?.Step : null;
        return
        [
            .. plan.Evaluation.Tasks.SelectMany(task =>
            {
                StepMetrics[] asked = [.. steps.Where(step => step.Tasks?.ContainsKey(task.Name) == true)];
                var judged = asked.LastOrDefault(step => step.Step <= (best ?? long.MaxValue)) ?? asked.FirstOrDefault();
                return judged is null ? [] : Find(task, judged);
            }),
        ];
    }

    /// <summary>Returns the bounds with <see cref="MissAction.Stop"/> that a step misses.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="step">A step.</param>
    public static IReadOnlyList<MissedBound> FindStopping(TrainingPlan plan, StepMetrics step)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(step);
        return
        [
            .. plan.Evaluation.Tasks.Where(task => task.OnMiss == MissAction.Stop && step.Step >= task.FromStep)
                .SelectMany(task => Find(task, step)),
        ];
    }

    // A value that is not a number misses every bound.
    private static IEnumerable<MissedBound> Find(EvaluationTask task, StepMetrics step)
    {
        if (step.Tasks is null || !step.Tasks.TryGetValue(task.Name, out var measured)) yield break;
        foreach (var (name, bound) in task.AtLeast.Values)
            if (measured.Metrics.TryGetValue(name, out var value) && !(value.Value >= bound))
                yield return new(step.Step, task.Name, Metric.Find(name)!, value.Value, bound, IsLowest: true);
        foreach (var (name, bound) in task.AtMost.Values)
            if (measured.Metrics.TryGetValue(name, out var value) && !(value.Value <= bound))
                yield return new(step.Step, task.Name, Metric.Find(name)!, value.Value, bound, IsLowest: false);
    }
}

/// <summary>A metric out of its bounds.</summary>
/// <param name="Step">Step after which it was measured.</param>
/// <param name="Task">The task.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Value">Its value.</param>
/// <param name="Bound">The bound.</param>
/// <param name="IsLowest">True for the lowest allowed value, false for the highest.</param>
public sealed record MissedBound(long Step, string Task, Metric Metric, double Value, double Bound, bool IsLowest)
{
    /// <inheritdoc/>
    public override string ToString() =>
        Invariant($"{Task}.{Metric.Name} is {Metric.Format(Value)} at step {Step:N0}, and the plan wants ")
            + $"{(IsLowest ? "at least" : "at most")} {Metric.Format(Bound)}";
}
