using TurkishLlm.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Training;

/// <summary>
/// A run from its first step to its last: steps, measurements, samples and checkpoints, all of it in the run folder.
/// </summary>
public sealed class PretrainingRun : IDisposable
{
    private readonly Clearance _clearance;
    private readonly Tokenizer _tokenizer;
    private readonly RunFolder _folder;
    private readonly Pretrainer _trainer;
    private readonly FileStream _claim;

    private PretrainingRun(Clearance clearance, Tokenizer tokenizer, RunFolder folder, Pretrainer trainer, FileStream claim) =>
        (_clearance, _tokenizer, _folder, _trainer, _claim) = (clearance, tokenizer, folder, trainer, claim);

    /// <summary>Where everything is written.</summary>
    public RunFolder Folder => _folder;

    /// <summary>The step the run goes on after; 0 at the beginning of a new one.</summary>
    public long FirstStep => _trainer.Step;

    /// <summary>The model as it is now.</summary>
    public LanguageModel Model => _trainer.Model;

    /// <summary>Prepares a run: a new one, or the rest of one that was interrupted.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="resume">True to go on from the newest checkpoint of the run folder, or begin where there is none.</param>
    /// <exception cref="ConfigurationException">The folder holds another run.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static PretrainingRun Open(Clearance clearance, bool resume)
    {
        var plan = clearance.Plan;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        // What is to be read is read before anything is written: a run that cannot begin leaves no trace.
        var found = RunFolder.Check(plan, resume);
        var trainer = resume && found.LatestCheckpointStep() is { } step
            ? Pretrainer.Resume(clearance, found.CheckpointFolder(step))
            : Pretrainer.Begin(clearance);
        FileStream? claim = null;
        try
        {
            claim = Claim(plan);
            var folder = RunFolder.Open(plan, resume);
            folder.WriteGate(clearance.ReportJson);
            return new PretrainingRun(clearance, tokenizer, folder, trainer, claim);
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
    /// <returns>True when the last step was reached, or the run ended because it did not get better any more.</returns>
    /// <exception cref="DivergenceException">The loss is not finite any more.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public bool Continue(IRunObserver? observer = null, CancellationToken cancel = default)
    {
        var plan = _clearance.Plan;
        using var metrics = MetricsLog.Open(_folder.MetricsFile, _trainer.Step);
        using var samples = SampleLog.Open(_folder.SamplesFile, _trainer.Step);
        List<double> losses = [.. MetricsLog.Read(_folder.MetricsFile).Select(line => line.ValidationLoss).OfType<double>()];
        var done = IsDone();
        try
        {
            var before = _trainer.Step == 0 && _trainer.Template is not null && !done ? Begin(samples, observer) : null;
            while (!done && !cancel.IsCancellationRequested)
            {
                var numbers = _trainer.TakeStep() with { Before = before };
                (before, done) = (null, numbers.Step == plan.Training.Steps);

                if (plan.Evaluation.Every > 0 && (IsDue(plan.Evaluation.Every, numbers.Step, done) || _trainer.EndsEpoch(numbers.Step)))
                {
                    var measured = _trainer.Measure();
                    numbers = numbers with { ValidationLoss = measured.Validation, TextLoss = measured.Text, ValidationPreference = measured.Preference };
                    if (measured.Validation is { } loss) losses.Add(loss);
                    done |= IsDone();
                }
                metrics.Append(numbers);
                observer?.Stepped(numbers);

                if (IsDue(plan.Samples.Every, numbers.Step, done)) Sample(numbers.Step, samples, observer);
                if (IsDue(plan.Checkpoints.Every, numbers.Step, done) || done) Save(observer);
            }
            if (!done && _folder.LatestCheckpointStep() != _trainer.Step && _trainer.Step > 0) Save(observer);
        }
        catch
        {
            TryReport();
            throw;
        }
        RunReport.Write(_folder);
        return done;

        bool IsDone() => _trainer.Step >= plan.Training.Steps || EarlyStop.IsDue(losses, plan.Evaluation.Patience);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _claim.Dispose();
    }

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
        try
        {
            RunReport.Write(_folder);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
        }
    }

    // What the model did before it learned anything here, to compare with.
    private HeldOutLoss? Begin(SampleLog samples, IRunObserver? observer)
    {
        var plan = _clearance.Plan;
        if (plan.Samples.Every > 0) Sample(step: 0, samples, observer);
        return plan.Evaluation.Every > 0 ? _trainer.Measure() : null;
    }

    private static bool IsDue(long every, long step, bool last) => every > 0 && (step % every == 0 || last);

    private void Save(IRunObserver? observer)
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
            StopIds = _trainer.Template is null ? SpecialTokens.DocumentBorders : ChatTemplate.StopIds,
        };
        var generator = new TextGenerator(_trainer.Model);
        foreach (var prompt in plan.Prompts)
        {
            var ids = _trainer.Template?.RenderPrompt(new(ChatMessage.User(prompt))) ?? [SpecialTokens.BeginOfText, .. _tokenizer.EncodeToIds(TextNormalizer.ToNfc(prompt))];
            var written = _tokenizer.Decode(generator.Generate(ids, options));
            var sample = new TextSample(step, prompt, _trainer.Template is null ? _tokenizer.Decode(ids.Skip(1)) + written : $"{prompt} → {written}");
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
