using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Runs;

/// <summary>
/// The metric by which the steps of a run are compared: <c>checkpoints.best_by</c> of its plan. It decides which checkpoint is
/// kept and used as the best one, and when early stopping ends the run.
/// </summary>
/// <param name="Name"><c>loss</c>, or <c>TASK.METRIC</c>.</param>
/// <remarks>Spec: EVL-37.</remarks>
public sealed record CheckpointMetric(string Name)
{
    private readonly (string Task, Metric Metric)? _task =
        new CheckpointPlan(BestBy: Name).BestTask is var (task, metric) && Metric.Find(metric) is { } known
            ? (task, known) : null;

    /// <summary>The validation loss.</summary>
    public static CheckpointMetric Loss { get; } = new(CheckpointPlan.Loss);

    /// <summary>True if lower values are better, which the metric itself decides.</summary>
    public bool LowerIsBetter => _task?.Metric.LowerIsBetter ?? true;

    /// <summary>Name for people, such as "validation loss" or "erp.exact_match".</summary>
    public string Title => _task is null ? "validation loss" : Name;

    /// <summary>What the best value is called: "lowest" or "highest".</summary>
    public string Superlative => LowerIsBetter ? "lowest" : "highest";

    /// <summary>Returns the metric of a plan.</summary>
    public static CheckpointMetric FromPlan(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(plan.Checkpoints.BestBy);
    }

    /// <summary>Returns the value after a step; null if it was not measured.</summary>
    public double? GetValue(StepMetrics step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return _task is var (task, metric) ? GetValue(step.Tasks, task, metric.Name) : step.ValidationLoss;
    }

    /// <summary>
    /// Returns true if a value is better than the best one so far. Of equal values the earlier one stays the best, and a value
    /// that is not finite never is.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="best">The best value so far; null for none.</param>
    public bool IsBetter(double value, double? best) =>
        double.IsFinite(value) && (best is not { } than || (LowerIsBetter ? value < than : value > than));

    /// <summary>Returns the step with the best value; null if no step has a finite one.</summary>
    /// <param name="steps">Steps in the order in which they were taken.</param>
    public (long Step, double Value)? FindBest(IEnumerable<StepMetrics> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        (long Step, double Value)? best = null;
        foreach (var step in steps)
            if (GetValue(step) is { } value && IsBetter(value, best?.Value)) best = (step.Step, value);
        return best;
    }

    /// <summary>Returns the best of some steps; null if none of them has a value.</summary>
    /// <param name="values">Finite values by step.</param>
    /// <param name="steps">The steps to choose from, ascending.</param>
    internal long? FindBest(IReadOnlyDictionary<long, double> values, IEnumerable<long> steps)
    {
        long? best = null;
        foreach (var step in steps.Order())
            if (values.TryGetValue(step, out var value) && IsBetter(value, best is { } than ? values[than] : null)) best = step;
        return best;
    }

    /// <summary>Formats a value: a loss in nats, a share in percent.</summary>
    public string Format(double value) => _task is var (_, metric) ? metric.Format(value) : Invariant($"{value:F4}");

    private static double? GetValue(IReadOnlyDictionary<string, TaskMetrics>? tasks, string task, string metric) =>
        tasks is not null && tasks.TryGetValue(task, out var measured) && measured.Metrics.TryGetValue(metric, out var value)
            ? value.Value : null;
}
