using TurkishLlm.Monitoring.Diagnosis;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Training.Safety;

/// <summary>
/// Reports during training what the diagnosis would say at the end: that the training loss diverges, or that the validation loss
/// rises. Changes nothing in the run.
/// </summary>
/// <remarks>
/// Unlike <see cref="DivergenceGuard"/>, which judges single batches, it judges trends. The verdict depends on the recorded steps
/// alone, so a resumed run continues it.
/// </remarks>
public sealed class LossMonitor
{
    private readonly TrainingPlan _plan;
    private readonly DivergenceDetector _detector;
    private readonly List<(long Step, double Loss)> _validation = [];
    private long? _reportedBest;

    /// <param name="plan">The plan of the run.</param>
    /// <param name="earlier">Steps before the run was resumed; their events were reported before.</param>
    public LossMonitor(TrainingPlan plan, IEnumerable<StepMetrics> earlier)
    {
        (_plan, _detector) = (plan, new(plan));
        foreach (var metrics in earlier) _ = Add(metrics).Count();
    }

    /// <summary>Adds the next step and returns the events it causes.</summary>
    public IEnumerable<RunEvent> Add(StepMetrics metrics)
    {
        var before = _detector.Current;
        if (_detector.Add(metrics))
            yield return _detector.Current is { } found
                ? CreateDiverging(found)
                : CreateRecovered(metrics, before!);
        if (AddValidation(metrics) is { } rise) yield return rise;
    }

    private RunEvent? AddValidation(StepMetrics metrics)
    {
        // After a rollback, the steps are taken again.
        _validation.RemoveAll(measured => measured.Step >= metrics.Step);
        if (metrics.InitialValidation?.Loss is { } initial && double.IsFinite(initial))
            _validation.Add((metrics.Step - 1, initial));
        if (metrics.ValidationLoss is not { } loss) return null;
        if (!double.IsFinite(loss)) return CreateNonFinite(metrics, loss);
        _validation.Add((metrics.Step, loss));
        var trend = ValidationTrend.Describe(_validation);
        if (trend is not { IsRising: true } || trend.BestStep == _reportedBest) return null;
        _reportedBest = trend.BestStep;
        return CreateRise(trend);
    }

    private RunEvent CreateDiverging(LossDivergence found) => new(
        found.Step, EventKind.Divergence, EventAction.Logged,
        Invariant($"The run is diverging. {DivergingRule.Describe(found)} The learning rate is {found.LearningRate:0.0#e-0}. ")
            + $"Ctrl+C stops the run. {DivergingRule.Suggest(_plan)}",
        new Dictionary<string, double>
        {
            ["loss"] = found.Loss, ["lowest_loss"] = found.Lowest, ["lowest_step"] = found.LowestStep,
            ["lr"] = found.LearningRate,
        });

    private static RunEvent CreateRecovered(StepMetrics metrics, LossDivergence found) => new(
        metrics.Step, EventKind.Divergence, EventAction.Logged,
        Invariant($"The training loss has recovered at step {metrics.Step:N0}: it no longer diverges from its lowest level ")
            + Invariant($"of {found.Lowest:F2} at step {found.LowestStep:N0}."),
        new Dictionary<string, double> { ["loss"] = metrics.Loss, ["lowest_loss"] = found.Lowest });

    private static RunEvent CreateNonFinite(StepMetrics metrics, double loss) => new(
        metrics.Step, EventKind.Divergence, EventAction.Logged,
        Invariant($"The validation loss is {loss} at step {metrics.Step:N0}."),
        new Dictionary<string, double> { ["validation_loss"] = loss });

    private RunEvent CreateRise(ValidationTrend trend)
    {
        var kept = trend.BestStep <= (_plan.WarmStart?.Step ?? 0) ? "Use the initial weights instead of this run."
            : !_plan.Checkpoints.KeepBest ? "Set checkpoints.keep_best: true to keep the best checkpoint."
            : _plan.Checkpoints.BestBy == CheckpointPlan.Loss
                ? Invariant($"The checkpoint of step {trend.BestStep:N0} is kept.")
                : $"The checkpoint with the best {_plan.Checkpoints.BestBy} is kept.";
        var patience = _plan.Evaluation.Patience > 0 ? "" : " With evaluation.patience: 2, training stops by itself.";
        return new(
            trend.LastStep, EventKind.ValidationRise, EventAction.Logged,
            Invariant($"The validation loss rises: {trend.Best:F3} at step {trend.BestStep:N0}, {trend.Last:F3} at step ")
                + Invariant($"{trend.LastStep:N0}. {kept}{patience}"),
            new Dictionary<string, double>
            {
                ["validation_loss"] = trend.Last, ["lowest_validation_loss"] = trend.Best, ["lowest_step"] = trend.BestStep,
            });
    }
}
