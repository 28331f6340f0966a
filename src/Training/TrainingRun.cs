using System.Diagnostics;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Monitoring;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Guidelines;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Training;

/// <summary>
/// A run from its first step to its last: steps, measurements, samples and checkpoints, all of it in the run folder.
/// </summary>
/// <remarks>Of several processes all take every step and decide alike; rank 0 alone writes.</remarks>
public sealed class TrainingRun : IDisposable
{
    private readonly Clearance _clearance;
    private readonly Tokenizer _tokenizer;
    private readonly RunFolder _folder;
    private readonly Trainer _trainer;
    private readonly FileStream? _lockFile;
    private readonly RunEnvironment _environment;
    private readonly CheckpointDiskSpace _space;
    private readonly List<RunEvent> _startEvents = [];
    private long _savedStep;

    private TrainingRun(
        Clearance clearance, Tokenizer tokenizer, RunFolder folder, Trainer trainer, FileStream? lockFile, RunEnvironment environment, ResumePoint? resumePoint)
    {
        (_clearance, _tokenizer, _folder, _trainer, _lockFile, _environment) = (clearance, tokenizer, folder, trainer, lockFile, environment);
        // A checkpoint of another run is none of this one's.
        if (resumePoint is not null && Path.GetFullPath(resumePoint.Checkpoint.Folder) == Path.GetFullPath(folder.CheckpointFolder(resumePoint.Step))) _savedStep = resumePoint.Step;
        _space = new(folder, CheckpointDiskSpace.EstimateSize(clearance.Plan.TrainableParameterCount), clearance.Plan.Checkpoints, environment.GetFreeBytes);
    }

    /// <summary>Where everything is written.</summary>
    public RunFolder Folder => _folder;

    /// <summary>The step the run goes on after; 0 at the beginning of a new one.</summary>
    public long CurrentStep => _trainer.Step;

    /// <summary>The model as it is now.</summary>
    public LanguageModel Model => _trainer.Model;

    /// <summary>The step with the lowest validation loss so far; null when never measured.</summary>
    public BestValidation? Best => _trainer.Best;

    /// <summary>Prepares a run: a new one, or the rest of one that was interrupted.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="resume">True to go on from the newest checkpoint of the run folder, or begin where there is none.</param>
    /// <param name="checkpoint">Folder of the checkpoint to go on from in place of the newest.</param>
    /// <param name="environment">What the run takes from its machine; null for the one at hand.</param>
    /// <exception cref="ConfigurationException">The folder holds another run.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static TrainingRun Open(Clearance clearance, bool resume, string? checkpoint = null, RunEnvironment? environment = null)
    {
        var plan = clearance.Plan;
        environment ??= RunEnvironment.Current;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        // What is to be read is read before anything is written: a run that cannot begin leaves no trace.
        var found = IsWriter(environment) ? RunFolder.Check(plan, resume) : RunFolder.ForPlan(plan);
        var point = resume ? ResumePoint.Find(found, checkpoint) : null;
        var trainer = point is not null
            ? Trainer.Resume(clearance, point.Checkpoint.Folder, environment)
            : Trainer.Create(clearance, environment);
        if (!IsWriter(environment)) return new TrainingRun(clearance, tokenizer, found, trainer, lockFile: null, environment, point);
        FileStream? claim = null;
        try
        {
            claim = AcquireLock(plan);
            var folder = RunFolder.Open(plan, resume);
            folder.WriteGate(clearance.ReportJson);
            var run = new TrainingRun(clearance, tokenizer, folder, trainer, claim, environment, point);
            run.RecordStartEvents(point, point is null ? [] : folder.SetAsideCheckpointsAfter(point.Step));
            return run;
        }
        catch
        {
            trainer.Dispose();
            claim?.Dispose();
            throw;
        }
    }

    /// <summary>Trains to the last step of the plan. When cancelled, saves the full state after the step at hand and returns.</summary>
    /// <param name="observer">Is told of everything as it happens; null when nobody looks.</param>
    /// <param name="cancellationToken">Ends the run after the step at hand.</param>
    /// <returns>True when the last step was reached, or the run ended because it did not get better any more.</returns>
    /// <exception cref="DivergenceException">A batch would harm the model, and the plan stops, or there is no checkpoint to go back to.</exception>
    /// <exception cref="ConfigurationException">A single sequence does not fit into memory.</exception>
    /// <exception cref="InvalidDataException">The checkpoint of the first step cannot be read back.</exception>
    /// <exception cref="LostRankException">Another process is gone; rank 0 has saved what was reached.</exception>
    /// <exception cref="RanksDifferException">The processes hold different weights.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public bool Train(IRunObserver? observer = null, CancellationToken cancellationToken = default)
    {
        var plan = _clearance.Plan;
        var (earlier, started) = (GetEarlierWallSeconds(), Stopwatch.GetTimestamp());
        using var metrics = IsRankZero ? MetricsLog.Open(_folder.MetricsFile, _trainer.Step) : null;
        using var samples = IsRankZero ? SampleLog.Open(_folder.SamplesFile, _trainer.Step) : null;
        using var events = IsRankZero ? EventLog.Open(_folder.EventsFile, _environment.Clock) : null;
        void Tell(RunEvent what)
        {
            var line = events?.TryAppend(what) ?? what;
            observer?.OnEvent(line);
        }
        using var watch = new StallDetector(plan.Safety, _environment.Clock, Tell, _environment.TerminateProcess);
        _trainer.EventOccurred += Tell;
        var measured = Measured();
        var reached = false;
        try
        {
            foreach (var what in _startEvents) Tell(what);
            _startEvents.Clear();
            _trainer.RequireSameState();
            var done = IsDone();
            if (!done) _trainer.Prepare();     // may take longer than a step, and would be taken for one that hangs
            var before = _trainer.Step == 0 && _trainer.Template is not null && !done ? MeasureBeforeTraining(samples, observer) : null;
            // A signal reaches processes at different times: they stop together, after the step at hand of all.
            while (!done && !_environment.ProcessGroup.AnyRank(cancellationToken.IsCancellationRequested))
            {
                StepMetrics numbers;
                var epochs = _trainer.Epoch;
                try
                {
                    numbers = watch.Run(_trainer.Step + 1, _trainer.TakeStep) with { InitialValidation = before };
                }
                catch (DivergenceException refused) when (refused.CheckResult.Action == DivergenceAction.Rollback)
                {
                    if (!TryRollBack(refused, metrics, samples)) throw;
                    measured = Measured();
                    continue;
                }
                (before, done) = (null, numbers.Step == plan.Training.Steps);
                var endsEpoch = Math.Floor(numbers.Epoch ?? 0) > Math.Floor(epochs ?? 0);

                if (plan.Evaluation.Every > 0 && (IsDue(plan.Evaluation.Every, numbers.Step, done) || endsEpoch))
                {
                    var held = _trainer.Measure();
                    numbers = numbers with { ValidationLoss = held.Loss, ValidationBitsPerByte = held.BitsPerByte, TextLoss = held.TextLoss, ValidationPreference = held.Preference };
                    if (held.Loss is { } loss) measured.Add(loss);
                    done |= IsDone();
                }
                numbers = numbers with { WallSeconds = earlier + Stopwatch.GetElapsedTime(started).TotalSeconds };
                metrics?.Append(numbers);
                observer?.OnStep(numbers);

                if (samples is not null && IsDue(plan.Samples.Every, numbers.Step, done)) Sample(numbers.Step, samples, observer);
                if (done || IsCheckpointStep(numbers.Step) || numbers.Step == BestStep) Save(observer);
                if (IsRankZero && numbers.Step == FirstPlannedStep) VerifyCheckpoint(_folder.CheckpointFolder(numbers.Step));
                if (IsRankZero && _space.PredictShortage(numbers.Step) is { } full) Tell(full);
            }
            reached = done;
            if (!done && _trainer.Step != _savedStep) Save(observer);
        }
        catch (Exception error)
        {
            if (error is DivergenceException diverged) Tell(BatchEvents.CreateStopped(diverged));
            if (error is LostRankException lost)
            {
                Tell(new(_trainer.Step, EventKind.LostRank, EventAction.Stopped, lost.Message, new Dictionary<string, double>()));
                // The weights are those of the last whole step, in this process as in every other.
                if (IsRankZero && _trainer.Step != _savedStep) WriteCheckpoint(observer);
            }
            TryWriteReport();
            throw;
        }
        finally
        {
            _trainer.EventOccurred -= Tell;
        }
        if (IsRankZero) RunReport.Write(_folder);
        return reached;

        // What is on record decides, so a resumed run ends where the uninterrupted one would. Rank 0 keeps the record.
        List<double> Measured() => IsRankZero ? [.. MetricsLog.Read(_folder.MetricsFile).Select(line => line.ValidationLoss).OfType<double>()] : [];

        bool IsDone() => _trainer.Step >= plan.Training.Steps || _environment.ProcessGroup.AnyRank(IsRankZero && EarlyStopping.ShouldStop(measured, plan.Evaluation.Patience));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _lockFile?.Dispose();
    }

    private bool IsRankZero => IsWriter(_environment);

    private static bool IsWriter(RunEnvironment environment) => environment.ProcessGroup.Context.Rank == 0;

    // Two processes that write to one run would take each other's checkpoints for left-overs. The system gives the claim
    // back when a process ends, however it ends.
    private static FileStream AcquireLock(TrainingPlan plan)
    {
        var file = RunFolder.GetLockFile(plan.RunFolder);
        Directory.CreateDirectory(plan.RunFolder);
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new IOException($"Another process is training in {plan.RunFolder}. Wait until it is done or stop it, or choose another folder with run: in the plan.", error);
        }
    }

    // What stopped the run is what the user must hear of, not that the report could not be written either.
    private void TryWriteReport()
    {
        if (!IsRankZero) return;
        try
        {
            RunReport.Write(_folder);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
        }
    }

    // What the model did before it learned anything here, to compare with.
    private ValidationMetrics? MeasureBeforeTraining(SampleLog? samples, IRunObserver? observer)
    {
        var plan = _clearance.Plan;
        if (samples is not null && plan.Samples.Every > 0) Sample(step: 0, samples, observer);
        return plan.Evaluation.Every > 0 ? _trainer.Measure() : null;
    }

    // Read before the lines of lost steps are cut off: their time was spent all the same.
    private double GetEarlierWallSeconds() =>
        _trainer.Step > 0 && MetricsLog.Read(_folder.MetricsFile).LastOrDefault() is { } last ? last.WallSeconds ?? last.Seconds : 0;

    private static bool IsDue(long every, long step, bool last) => every > 0 && (step % every == 0 || last);

    private long FirstPlannedStep => (_clearance.Plan.WarmStart?.Step ?? 0) + 1;

    private long? BestStep => _clearance.Plan.Checkpoints.KeepBest ? _trainer.Best?.Step : null;

    // A run that was interrupted has checkpoints that one left alone does not have.
    private bool IsCheckpointStep(long step) => step == FirstPlannedStep || step == _clearance.Plan.Training.Steps || IsDue(_clearance.Plan.Checkpoints.Every, step, last: false);

    private void Save(IRunObserver? observer)
    {
        _trainer.RequireSameState();
        if (IsRankZero) WriteCheckpoint(observer);
        _savedStep = _trainer.Step;
    }

    private void WriteCheckpoint(IRunObserver? observer)
    {
        var folder = _folder.CheckpointFolder(_trainer.Step);
        _space.RequireSpace(folder);
        _trainer.Save(folder);
        _folder.DeleteOldCheckpoints(_clearance.Plan.Checkpoints.KeepLast, IsCheckpointStep, BestStep);
        observer?.OnCheckpointSaved(folder);
    }

    // Hours from now would be too late to learn that what is saved cannot be read.
    private void VerifyCheckpoint(string checkpoint)
    {
        try
        {
            Checkpoint.Open(checkpoint).LoadParameters(_clearance.Plan.Model, TorchSharp.torch.CPU).Dispose();
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new InvalidDataException($"Saving does not work: the checkpoint of the first step cannot be read back. {error.Message} Nothing but that step is lost; write to another disk with run: in the plan.", error);
        }
    }

    // The newest checkpoint from which a step was taken: weights from which none could be are no better than what went wrong.
    // Only checkpoints that the run has whether or not it was interrupted, so that it goes back to the same one.
    private long? FindRollbackStep(long divergedStep)
    {
        var saved = _folder.CheckpointSteps().Where(step => IsCheckpointStep(step) || step == BestStep).ToArray();
        return saved.Length == 0 ? null : saved.LastOrDefault(step => step < divergedStep - 1, saved[0]);
    }

    // Saved at once: from here on the data that was left out is part of the state, whatever happens next.
    private bool TryRollBack(DivergenceException divergence, MetricsLog? metrics, SampleLog? samples)
    {
        // Rank 0 chooses: it alone can have checkpoints that the others do not see yet.
        var good = _environment.ProcessGroup.AllReduceSum(IsRankZero ? FindRollbackStep(divergence.Step) ?? 0 : 0);
        if (good == 0) return false;
        var folder = _folder.CheckpointFolder(good);
        _trainer.RollBack(folder, divergence);
        _trainer.RequireSameState();       // all have read it
        _savedStep = good;
        if (!IsRankZero) return true;
        _folder.DeleteCheckpointsAfter(good);
        metrics!.TruncateAfter(_trainer.Step);
        samples!.TruncateAfter(_trainer.Step);
        _space.RequireSpace(folder);
        _trainer.Save(folder);
        return true;
    }

    // What is known before the first step, and is told with it.
    private void RecordStartEvents(ResumePoint? resumePoint, IReadOnlyList<string> setAsideCheckpoints)
    {
        if (resumePoint is not null)
            _startEvents.Add(new(resumePoint.Step, EventKind.Resumed, EventAction.Logged,
                $"Goes on after step {resumePoint.Step}, from {resumePoint.Checkpoint.Folder}.{(setAsideCheckpoints.Count == 0 ? "" : $" Set aside, to be deleted when nobody wants them any more: {string.Join(", ", setAsideCheckpoints)}.")}",
                new Dictionary<string, double> { ["step"] = resumePoint.Step }));
        if (resumePoint is null || _folder.PlanChanges.Count > 0)
            _startEvents.AddRange(PlanGuidelines.FindViolations(_clearance.Plan).Select(contradiction => new RunEvent(
                CurrentStep, EventKind.GuidelineViolation, EventAction.Logged, $"{contradiction}", new Dictionary<string, double>())));
        if (_space.PredictShortage(CurrentStep) is { } full) _startEvents.Add(full);
    }

    private void Sample(long step, SampleLog log, IRunObserver? observer)
    {
        var plan = _clearance.Plan.Samples;
        var options = new SamplingOptions
        {
            MaxTokens = plan.MaxTokens,
            Temperature = plan.Temperature,
            TopK = plan.TopK,
            Seed = _clearance.Plan.Seed + step,
            StopIds = _trainer.Template is null ? SpecialTokens.DocumentBorders : ChatTemplate.StopIds,
        };
        var generator = new TextGenerator(_trainer.Model);
        foreach (var prompt in plan.Prompts)
        {
            var ids = _trainer.Template?.RenderPrompt(new(ChatMessage.User(prompt))) ?? [SpecialTokens.BeginOfText, .. _tokenizer.EncodeToIds(TextNormalizer.ToNfc(prompt))];
            var written = _tokenizer.Decode(generator.Generate(ids, options));
            var sample = new TextSample(step, prompt, _trainer.Template is null ? _tokenizer.Decode(ids.Skip(1)) + written : $"{prompt} → {written}");
            log.Append(sample);
            observer?.OnSample(sample);
        }
    }
}

/// <summary>Is told what happens in a run, as it happens.</summary>
public interface IRunObserver
{
    /// <summary>A step was taken.</summary>
    void OnStep(StepMetrics metrics);

    /// <summary>The model wrote something.</summary>
    void OnSample(TextSample sample);

    /// <summary>A checkpoint was written to a folder.</summary>
    void OnCheckpointSaved(string folder);

    /// <summary>Something happened besides steps. Stalls are told from another thread, while the step hangs.</summary>
    void OnEvent(RunEvent runEvent)
    {
    }
}
