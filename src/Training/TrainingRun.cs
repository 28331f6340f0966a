using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Monitoring;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Guidelines;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Safety;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Training;

/// <summary>
/// A training run: opens or resumes a run folder, trains to the last step of the plan, and writes metrics, samples, events,
/// checkpoints and the report to the folder.
/// </summary>
/// <remarks>With several processes, all of them take every step and make the same decisions; only rank 0 writes.</remarks>
public sealed class TrainingRun : IDisposable
{
    private readonly Tokenizer _tokenizer;
    private readonly Trainer _trainer;
    private readonly FileStream? _lockFile;
    private readonly RunEnvironment _environment;
    private readonly RunCheckpoints _checkpoints;
    private readonly TaskEvaluator _tasks;
    private readonly List<RunEvent> _startEvents = [];

    private TrainingRun(
        Tokenizer tokenizer, RunFolder folder, Trainer trainer, TaskEvaluator tasks, FileStream? lockFile,
        RunEnvironment environment, ResumePoint? resumePoint)
    {
        (_tokenizer, Folder, _trainer, _lockFile, _environment) = (tokenizer, folder, trainer, lockFile, environment);
        _tasks = tasks;
        _checkpoints = new(trainer.Plan, trainer, folder, environment, resumePoint);
    }

    /// <summary>The run folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>Number of steps taken; 0 at the start of a new run.</summary>
    public long CurrentStep => _trainer.Step;

    /// <summary>The current model.</summary>
    public LanguageModel Model => _trainer.Model;

    /// <summary>What a user should know about the training data.</summary>
    public IReadOnlyList<string> DataNotes => [.. _trainer.DataNotes, .. TaskEvaluator.GetNotes(_trainer.Plan)];

    /// <summary>The best step so far by <c>checkpoints.best_by</c>; null before the first measurement.</summary>
    public BestStep? Best => _trainer.Best;

    /// <summary>Opens a new run, or resumes an interrupted one.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="resume">
    /// True to resume from the newest checkpoint of the run folder, otherwise start a new run.
    /// </param>
    /// <param name="checkpoint">Folder of the checkpoint to resume from instead of the newest.</param>
    /// <param name="environment">Clock, disk, memory and processes of the run; null for those of this machine.</param>
    /// <exception cref="ConfigurationException">The folder holds another run.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static TrainingRun Open(
        Clearance clearance, bool resume, string? checkpoint = null, RunEnvironment? environment = null)
    {
        var plan = clearance.Plan;
        environment ??= RunEnvironment.Current;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        // All input is read before anything is written: a run that cannot start leaves no files.
        var found = IsWriter(environment) ? RunFolder.Check(plan, resume) : RunFolder.ForPlan(plan);
        var point = resume ? ResumePoint.Find(found, checkpoint) : null;
        var tasks = TaskEvaluator.Open(plan, tokenizer);
        var trainer = point is not null
            ? Trainer.Resume(clearance, point.Checkpoint.Folder, environment)
            : Trainer.Create(clearance, environment);
        if (!IsWriter(environment))
            return new TrainingRun(tokenizer, found, trainer, tasks, lockFile: null, environment, point);
        FileStream? lockFile = null;
        try
        {
            lockFile = AcquireLock(plan);
            var folder = RunFolder.Open(plan, resume);
            folder.WriteGate(clearance.ReportJson);
            var run = new TrainingRun(tokenizer, folder, trainer, tasks, lockFile, environment, point);
            run.RecordStartEvents(point, point is null ? [] : folder.SetAsideCheckpointsAfter(point.Step));
            return run;
        }
        catch
        {
            trainer.Dispose();
            lockFile?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Trains to the last step of the plan. If canceled, finishes the current step, saves a checkpoint and returns.
    /// </summary>
    /// <param name="observer">Receives the progress; null for none.</param>
    /// <param name="cancellationToken">Stops the run after the current step.</param>
    /// <returns>True if the last step was taken, or early stopping or a bound of a task ended the run.</returns>
    /// <exception cref="DivergenceException">
    /// A batch would harm the model, and the plan says to stop, or there is no checkpoint to roll back to.
    /// </exception>
    /// <exception cref="ConfigurationException">Not even one sequence fits into memory.</exception>
    /// <exception cref="InvalidDataException">The checkpoint of the first step cannot be read back.</exception>
    /// <exception cref="LostRankException">Another process was lost; rank 0 has saved the last complete step.</exception>
    /// <exception cref="RanksDifferException">The processes hold different weights.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public bool Train(IRunObserver? observer = null, CancellationToken cancellationToken = default)
    {
        var isWriter = IsWriter(_environment);
        var earlierWallSeconds = ReadWallSeconds();
        using var metrics = isWriter ? MetricsLog.Open(Folder.MetricsFile, CurrentStep) : null;
        using var samples = isWriter ? SampleLog.Open(Folder.SamplesFile, CurrentStep) : null;
        using var answers = isWriter ? AnswerLog.Open(Folder.AnswersFile, CurrentStep) : null;
        using var events = isWriter ? EventLog.Open(Folder.EventsFile, _environment.Clock) : null;
        using var other = isWriter
            ? OtherLogs.Open(
                Folder, _trainer.Plan.Logging, _environment.Clock.GetUtcNow().AddSeconds(-earlierWallSeconds))
            : null;
        using var loop = new TrainingLoop(
            _trainer, Folder, _environment, _checkpoints, new(_trainer.Plan, _trainer, _tokenizer), _tasks, observer)
        {
            Metrics = metrics,
            Samples = samples,
            Answers = answers,
            Events = events,
            OtherLogs = other,
            EarlierWallSeconds = earlierWallSeconds,
        };
        bool isComplete;
        try
        {
            _startEvents.ForEach(loop.Report);
            _startEvents.Clear();
            isComplete = loop.Run(cancellationToken);
        }
        catch (Exception error)
        {
            loop.ReportFailure(error);
            if (isWriter) TryWriteReport();
            throw;
        }
        if (isWriter) RunReport.Write(Folder);
        return isComplete;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _lockFile?.Dispose();
    }

    private static bool IsWriter(RunEnvironment environment) => environment.ProcessGroup.Context.Rank == 0;

    // Without a lock, two processes that train in one folder would delete each other's checkpoints. The system releases the
    // lock when the process ends, for any reason.
    private static FileStream AcquireLock(TrainingPlan plan)
    {
        var file = RunFolder.GetLockFile(plan.RunFolder);
        LinkTarget.CreateDirectory(plan.RunFolder);
        try
        {
            return new FileStream(
                file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new IOException(
                $"Another process is training in {plan.RunFolder}. Wait for it to end or stop it, "
                + "or choose another folder with run: in the plan.",
                error);
        }
    }

    // Must not replace the exception that ended the run.
    private void TryWriteReport()
    {
        try
        {
            RunReport.Write(Folder);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
        }
    }

    // Must be read before the lines after the checkpoint are truncated: their time was spent, too. After a rollback the log does
    // not have the lines any more, but the checkpoint has their training time.
    private double ReadWallSeconds() => Math.Max(
        _trainer.Seconds,
        CurrentStep > 0 && MetricsLog.Read(Folder.MetricsFile).LastOrDefault() is { } last
            ? last.WallSeconds ?? last.Seconds : 0);

    // These events are known before the first step and are reported when training starts.
    private void RecordStartEvents(ResumePoint? resumePoint, IReadOnlyList<string> setAsideCheckpoints)
    {
        if (resumePoint is not null)
        {
            var setAside =
                setAsideCheckpoints.Count == 0 ? "" : $" Set aside, safe to delete: {string.Join(", ", setAsideCheckpoints)}.";
            _startEvents.Add(new(
                resumePoint.Step, EventKind.Resumed, EventAction.Logged,
                $"Resumes after step {resumePoint.Step} from {resumePoint.Checkpoint.Folder}.{setAside}",
                new Dictionary<string, double> { ["step"] = resumePoint.Step }));
        }
        if (resumePoint is null || Folder.PlanChanges.Count > 0)
            _startEvents.AddRange(PlanGuidelines.FindViolations(_trainer.Plan).Select(violation => new RunEvent(
                CurrentStep,
                EventKind.GuidelineViolation, EventAction.Logged, $"{violation}",
                new Dictionary<string, double>())));
        if (_checkpoints.PredictShortage(CurrentStep) is { } shortage) _startEvents.Add(shortage);
    }
}
