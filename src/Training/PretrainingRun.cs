using TurkishLlm.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Training;

/// <summary>
/// A run from its first step to its last: steps, measurements, samples and checkpoints, all of it in the run folder.
/// </summary>
/// <remarks>Of several processes all take every step and decide alike; rank 0 alone writes.</remarks>
public sealed class PretrainingRun : IDisposable
{
    private readonly Clearance _clearance;
    private readonly Tokenizer _tokenizer;
    private readonly RunFolder _folder;
    private readonly Pretrainer _trainer;
    private readonly IProcessGroup _group;
    private readonly FileStream? _claim;
    private long _saved;

    private PretrainingRun(Clearance clearance, Tokenizer tokenizer, RunFolder folder, Pretrainer trainer, IProcessGroup group, FileStream? claim, long saved) =>
        (_clearance, _tokenizer, _folder, _trainer, _group, _claim, _saved) = (clearance, tokenizer, folder, trainer, group, claim, saved);

    /// <summary>Where everything is written.</summary>
    public RunFolder Folder => _folder;

    /// <summary>The step the run goes on after; 0 at the beginning of a new one.</summary>
    public long FirstStep => _trainer.Step;

    /// <summary>The model as it is now.</summary>
    public LanguageModel Model => _trainer.Model;

    /// <summary>Prepares a run: a new one, or the rest of one that was interrupted.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="resume">True to go on from the newest checkpoint of the run folder, or begin where there is none.</param>
    /// <param name="group">The processes that train together; null for one alone.</param>
    /// <exception cref="ConfigurationException">The folder holds another run, or the processes cannot share a step equally.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static PretrainingRun Open(Clearance clearance, bool resume, IProcessGroup? group = null)
    {
        group ??= OneProcess.Instance;
        var plan = clearance.Plan;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        // What is to be read is read before anything is written: a run that cannot begin leaves no trace.
        var found = group.World.Rank == 0 ? RunFolder.Check(plan, resume) : RunFolder.Of(plan);
        var resumed = resume ? found.LatestCheckpointStep() : null;
        var trainer = resumed is { } step ? Pretrainer.Resume(clearance, found.CheckpointFolder(step), group) : Pretrainer.Begin(clearance, group);
        var saved = resumed ?? 0;
        if (group.World.Rank > 0) return new PretrainingRun(clearance, tokenizer, found, trainer, group, claim: null, saved);
        FileStream? claim = null;
        try
        {
            claim = Claim(plan);
            var folder = RunFolder.Open(plan, resume);
            folder.WriteGate(clearance.ReportJson);
            return new PretrainingRun(clearance, tokenizer, folder, trainer, group, claim, saved);
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
    /// <param name="cancel">Ends the run after the step at hand.</param>
    /// <returns>True when the last step was reached.</returns>
    /// <exception cref="DivergenceException">The loss is not finite any more.</exception>
    /// <exception cref="LostRankException">Another process is gone; rank 0 has saved what was reached.</exception>
    /// <exception cref="RanksDifferException">The processes hold different weights.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public bool Continue(IRunObserver? observer = null, CancellationToken cancel = default)
    {
        var plan = _clearance.Plan;
        using var metrics = Writes ? MetricsLog.Open(_folder.MetricsFile, _trainer.Step) : null;
        using var samples = Writes ? SampleLog.Open(_folder.SamplesFile, _trainer.Step) : null;
        try
        {
            _trainer.RequireSameState();
            // A signal reaches processes at different times: they stop together, after the step at hand of all.
            while (_trainer.Step < plan.Training.Steps && !_group.Any(cancel.IsCancellationRequested))
            {
                var numbers = _trainer.TakeStep();
                var last = numbers.Step == plan.Training.Steps;

                if (IsDue(plan.Evaluation.Every, numbers.Step, last))
                    numbers = numbers with { ValidationLoss = _trainer.ValidationLoss(plan.Evaluation.Windows) };
                metrics?.Append(numbers);
                observer?.Stepped(numbers);

                if (samples is not null && IsDue(plan.Samples.Every, numbers.Step, last)) Sample(numbers.Step, samples, observer);
                if (IsDue(plan.Checkpoints.Every, numbers.Step, last) || last) Save(observer);
            }
            if (_trainer.Step < plan.Training.Steps && _trainer.Step != _saved) Save(observer);
        }
        catch (LostRankException)
        {
            // The weights are those of the last whole step, in this process as in every other.
            if (Writes && _trainer.Step != _saved) Write(observer);
            TryReport();
            throw;
        }
        catch
        {
            TryReport();
            throw;
        }
        if (Writes) RunReport.Write(_folder);
        return _trainer.Step >= plan.Training.Steps;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _claim?.Dispose();
    }

    private bool Writes => _group.World.Rank == 0;

    // Two processes that write to one run would take each other's checkpoints for left-overs. The system gives the claim
    // back when a process ends, however it ends.
    private static FileStream Claim(TrainingPlan plan)
    {
        var file = Path.Combine(plan.RunFolder, ".claim");
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
    private void TryReport()
    {
        if (!Writes) return;
        try
        {
            RunReport.Write(_folder);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
        }
    }

    private static bool IsDue(long every, long step, bool last) => every > 0 && (step % every == 0 || last);

    private void Save(IRunObserver? observer)
    {
        _trainer.RequireSameState();
        if (Writes) Write(observer);
        _saved = _trainer.Step;
    }

    private void Write(IRunObserver? observer)
    {
        var folder = _folder.CheckpointFolder(_trainer.Step);
        _trainer.Save(folder);
        _folder.KeepLast(_clearance.Plan.Checkpoints.KeepLast);
        observer?.Saved(folder);
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
            StopIds = SpecialTokens.DocumentBorders,
        };
        var generator = new TextGenerator(_trainer.Model);
        foreach (var prompt in plan.Prompts)
        {
            int[] ids = [SpecialTokens.BeginOfText, .. _tokenizer.EncodeToIds(TextNormalizer.ToNfc(prompt))];
            var sample = new TextSample(step, prompt, _tokenizer.Decode([.. ids.Skip(1), .. generator.Generate(ids, options)]));
            log.Append(sample);
            observer?.Sampled(sample);
        }
    }
}

/// <summary>Is told what happens in a run, as it happens.</summary>
public interface IRunObserver
{
    /// <summary>A step was taken.</summary>
    void Stepped(StepMetrics numbers);

    /// <summary>The model wrote something.</summary>
    void Sampled(TextSample sample);

    /// <summary>A checkpoint was written to a folder.</summary>
    void Saved(string folder);
}
