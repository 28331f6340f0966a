using System.Diagnostics;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Safety;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Training;

/// <summary>Takes the steps of a run, with validation, samples, checkpoints, events and logs when they are due.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly Trainer _trainer;
    private readonly RunFolder _folder;
    private readonly RunEnvironment _environment;
    private readonly RunCheckpoints _checkpoints;
    private readonly PromptSampler _sampler;
    private readonly TaskEvaluator _tasks;
    private readonly CheckpointMetric _metric;
    private readonly IRunObserver? _observer;
    private readonly StallDetector _stallDetector;
    private readonly long _startTimestamp = Stopwatch.GetTimestamp();
    private List<double> _values = [];           // of the metric of checkpoints.best_by, one per measurement
    private LossMonitor? _monitor;
    private bool _isQualityMissed;
    private bool _isDone;

    /// <param name="trainer">The trainer.</param>
    /// <param name="folder">The run folder.</param>
    /// <param name="environment">Clock, disk, memory and processes of the run.</param>
    /// <param name="checkpoints">The checkpoints of the run.</param>
    /// <param name="sampler">Generates the samples.</param>
    /// <param name="tasks">Asks the questions of the tasks.</param>
    /// <param name="observer">Receives the progress; null for none.</param>
    public TrainingLoop(
        Trainer trainer, RunFolder folder, RunEnvironment environment, RunCheckpoints checkpoints, PromptSampler sampler,
        TaskEvaluator tasks, IRunObserver? observer)
    {
        (_trainer, _folder, _environment, _checkpoints, _sampler, _tasks, _observer) =
            (trainer, folder, environment, checkpoints, sampler, tasks, observer);
        _metric = CheckpointMetric.FromPlan(trainer.Plan);
        _stallDetector = new(Plan.Safety, environment.Clock, Report, environment.TerminateProcess);
        _trainer.EventOccurred += Report;
    }

    /// <summary>The metrics log; null in ranks other than 0.</summary>
    public MetricsLog? Metrics { get; init; }

    /// <summary>The log of samples; null in ranks other than 0.</summary>
    public SampleLog? Samples { get; init; }

    /// <summary>The log of the worst answers; null in ranks other than 0.</summary>
    public AnswerLog? Answers { get; init; }

    /// <summary>The log of events; null in ranks other than 0.</summary>
    public EventLog? Events { get; init; }

    /// <summary>The logs for other programs; null in ranks other than 0.</summary>
    public OtherLogs? OtherLogs { get; init; }

    /// <summary>Wall-clock time of the run before this loop, in seconds.</summary>
    public double EarlierWallSeconds { get; init; }

    private TrainingPlan Plan => _trainer.Plan;

    /// <summary>Trains until the run is complete or canceled, and saves the last step.</summary>
    /// <returns>True if the run is complete: the last step was taken, or early stopping or a bound ended it.</returns>
    public bool Run(CancellationToken cancellationToken)
    {
        ReadEarlierSteps();
        _trainer.RequireSameState();
        _isDone = IsComplete();
        if (!_isDone) _trainer.Prepare();     // may take longer than a step; the stall detector must not watch it
        var initialValidation = MeasureInitialValidation();
        // A signal reaches the processes at different times: all of them stop after the same step.
        while (!_isDone && !_environment.ProcessGroup.AnyRank(cancellationToken.IsCancellationRequested))
        {
            var epoch = _trainer.Epoch;
            if (TryTakeStep() is not { } metrics) continue;
            FinishStep(metrics with { InitialValidation = initialValidation }, epoch);
            initialValidation = null;
        }
        if (!_isDone && !_checkpoints.IsSaved) _checkpoints.Save(_observer);
        return _isDone;
    }

    /// <summary>Writes an event to the log and reports it to the observer.</summary>
    public void Report(RunEvent runEvent)
    {
        var logged = Events?.TryAppend(runEvent) ?? runEvent;
        _observer?.OnEvent(logged);
    }

    /// <summary>
    /// Reports an exception that ended the run. After the loss of a process, rank 0 saves the last complete step.
    /// </summary>
    public void ReportFailure(Exception error)
    {
        if (error is DivergenceException divergence) Report(BatchEvents.CreateStopped(divergence));
        if (error is not LostRankException lost) return;
        Report(new(_trainer.Step, EventKind.LostRank, EventAction.Stopped, lost.Message, new Dictionary<string, double>()));
        _checkpoints.SaveWithoutOtherRanks(_observer);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.EventOccurred -= Report;
        _stallDetector.Dispose();
    }

    private static bool IsDue(long every, long step, bool isLast) => every > 0 && (step % every == 0 || isLast);

    // Null if the step diverged and the run was rolled back.
    private StepMetrics? TryTakeStep()
    {
        try
        {
            return _stallDetector.Run(_trainer.Step + 1, _trainer.TakeStep);
        }
        catch (DivergenceException divergence) when (divergence.CheckResult.Action == DivergenceAction.Rollback)
        {
            if (!_checkpoints.TryRollBack(divergence, Metrics, Samples, Answers)) throw;
            OtherLogs?.Restart();
            ReadEarlierSteps();
            return null;
        }
    }

    private void FinishStep(StepMetrics metrics, double? epochBefore)
    {
        var step = metrics.Step;
        _isDone = step == Plan.Training.Steps;
        var epoch = (int)Math.Floor(metrics.Epoch ?? 0);
        var endsEpoch = epoch > Math.Floor(epochBefore ?? 0);
        if (Plan.Evaluation.Every > 0 && (endsEpoch || IsDue(Plan.Evaluation.Every, step, _isDone))) metrics = Validate(metrics);
        var asked = _tasks.Measure(
            _tasks.GetDue(step, endsEpoch ? epoch : null, _isDone), _trainer.Model, _trainer.Template, step);
        metrics = metrics with { Tasks = asked?.Metrics };
        Compare(metrics);
        metrics = metrics with { WallSeconds = EarlierWallSeconds + Stopwatch.GetElapsedTime(_startTimestamp).TotalSeconds };
        Metrics?.Append(metrics);
        OtherLogs?.Append(metrics);
        _observer?.OnStep(metrics);
        if (asked is not null) WriteAnswers(step, asked);
        foreach (var found in _monitor?.Add(metrics) ?? []) Report(found);

        if (IsDue(Plan.Samples.Every, step, _isDone)) WriteSamples(step);
        if (_isDone || _checkpoints.IsDue(step)) _checkpoints.Save(_observer);
        _checkpoints.VerifyFirst(step);
        if (_checkpoints.PredictShortage(step) is { } shortage) Report(shortage);
    }

    private StepMetrics Validate(StepMetrics metrics)
    {
        var validation = _trainer.Measure();
        return metrics with
        {
            ValidationLoss = validation.Loss,
            ValidationBitsPerByte = validation.BitsPerByte,
            TextLoss = validation.TextLoss,
            ValidationPreference = validation.Preference,
        };
    }

    // Rank 0 decides, because a metric of a task may differ in its last bit between unequal processors.
    private void Compare(StepMetrics metrics)
    {
        if (metrics.ValidationLoss is null && metrics.Tasks is null) return;
        var group = _environment.ProcessGroup;
        var value = group.Context.Rank == 0 ? _metric.GetValue(metrics) : null;
        if (group.AnyRank(value is not null))
        {
            var decided = group.AllReduceSum(value ?? 0);
            _values.Add(decided);
            _trainer.UpdateBest(decided);
        }
        foreach (var missed in QualityBounds.FindStopping(Plan, metrics)) StopForQuality(missed);
        _isDone |= IsComplete();
    }

    private void StopForQuality(MissedBound missed)
    {
        _isQualityMissed = true;
        Report(new(
            missed.Step, EventKind.QualityBound, EventAction.Stopped, $"The run stops: {missed} (on_miss: stop).",
            new Dictionary<string, double> { ["value"] = missed.Value, ["bound"] = missed.Bound }));
    }

    private void WriteAnswers(long step, TaskMeasurement asked)
    {
        foreach (var answer in asked.WorstAnswers) Answers?.Append(answer);
        _observer?.OnTasks(step, asked);
    }

    // Samples, validation losses and answers of a fine-tuning run before its first step, for comparison.
    private ValidationMetrics? MeasureInitialValidation()
    {
        if (_isDone || _trainer.Step > 0 || _trainer.Template is null) return null;
        if (Plan.Samples.Every > 0) WriteSamples(step: 0);
        var validation = Plan.Evaluation.Every > 0 ? _trainer.Measure() : null;
        if (_tasks.MeasureAll(_trainer.Model, _trainer.Template, step: 0) is not { } asked) return validation;
        WriteAnswers(step: 0, asked);
        return (validation ?? new()) with { Tasks = asked.Metrics };
    }

    private void WriteSamples(long step)
    {
        if (Samples is null) return;
        foreach (var sample in _sampler.Generate(step))
        {
            Samples.Append(sample);
            OtherLogs?.Append(sample);
            _observer?.OnSample(sample);
        }
    }

    // Early stopping, bounds and the monitor depend on the recorded steps, so a resumed run ends at the step of an uninterrupted
    // one and reports the same, also if it was interrupted after a rollback. Rank 0 has the log.
    private void ReadEarlierSteps()
    {
        if (Metrics is null) return;
        _values = [.. MetricsLog.Read(_folder.MetricsFile).Select(_metric.GetValue).OfType<double>()];
        _isQualityMissed =
            MetricsLog.Read(_folder.MetricsFile).Any(line => QualityBounds.FindStopping(Plan, line).Count > 0);
        _monitor = new(Plan, MetricsLog.Read(_folder.MetricsFile));
    }

    private bool IsComplete() => _trainer.Step >= Plan.Training.Steps
        || _environment.ProcessGroup.AnyRank(
            Metrics is not null
                && (_isQualityMissed || EarlyStopping.ShouldStop(_values, _metric, Plan.Evaluation.Patience)));
}
