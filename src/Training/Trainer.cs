using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Memory;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// Trains a language model one step at a time and holds the state of the run. <see cref="TrainingRun"/> does everything around
/// the steps: logs, validation, samples and checkpoints.
/// </summary>
/// <remarks>
/// A step is a function of (state, plan, step number, number of processes): two runs of one plan have equal bits, interrupted or
/// not. Step n trains on data step n, or on a later one if batches were skipped before. Every process holds the whole state and
/// takes the same step. If the plan has an adapter, only the adapter is trained and the base weights stay as they are. Spec: P42,
/// P60, CKP, SAF-02, SAF-03, RNK, LOR-08.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly Clearance _clearance;
    private readonly ITrainingData _data;
    private readonly LearningRateSchedule _schedule;
    private readonly RankShard _shard;
    private readonly ParameterTable _parameters;
    private readonly Adapter? _adapter;
    private readonly AdapterBaseModel? _adapterBase;            // the base weights of the adapter
    private readonly IOptimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly GradientNoise? _noise;         // null if a step has one micro-batch
    private readonly RunEnvironment _environment;
    private readonly CudaDevice? _cuda;             // null on the CPU
    private readonly NvmlSensors? _sensors;         // null without NVIDIA's library
    private DivergenceGuard _guard;
    private MicroBatchLimit _microBatchLimit;
    private long _skippedBatches;
    private long _peakMemory;
    private double? _validationLoss;
    private Task _prefetch = Task.CompletedTask;

    /// <summary>What a user should know about the training data.</summary>
    public IReadOnlyList<string> DataNotes => _data.Notes;

    private Trainer(
        Clearance clearance, RunEnvironment? environment, Func<Device, ParameterTable> loadWeights,
        Func<ParameterTable, LoraConfig, Adapter> createAdapter)
    {
        _clearance = clearance;
        _environment = environment ?? RunEnvironment.Current;
        var context = _environment.ProcessGroup.Context;
        _shard = RankShard.Create(Plan.Training, context.Rank, context.WorldSize);
        Restore(SafetyState.Initial);
        CheckedOperators.SetNumThreads(context.GetThreadCount(Plan));
        var device = TrainingDevice.Resolve(Plan);
        _cuda = device.type == DeviceType.CUDA ? CudaDevice.Find(device.index) : null;
        _sensors = _cuda is null ? null : NvmlSensors.Find(_cuda.BusId, TimeProvider.System);
        _data = ITrainingData.Open(Plan);
        try
        {
            _schedule = LearningRateSchedule.FromPlan(Plan);
            _parameters = loadWeights(device);
            if (Plan.Lora is not null)
            {
                var from = Plan.WarmStart!.Checkpoint;
                (_adapter, _adapterBase) = (
                    createAdapter(_parameters, Plan.Lora),
                    new(Checkpoint.Find(from) ?? from, ParameterHash.Compute(_parameters)));
            }
        }
        catch
        {
            _parameters?.Dispose();
            _data.Dispose();
            throw;
        }
        foreach (var name in _adapter is null ? GetFrozenNames() : _parameters.Names)
            _parameters[name].requires_grad_(false);
        Model = new LanguageModel(
            _parameters, Plan.ComputeType, adapter: _adapter,
            recomputesBlocks: Plan.Training.ActivationCheckpointing == ActivationCheckpointing.Blocks);
        _optimizer = PlanOptimizer.Create(Model.TrainableParameters, Plan.Optimizer);
        _average = Plan.Training.Ema is { } ema ? new(Model.TrainableParameters, ema) : null;
        _noise = _shard.MicroBatchCount * context.WorldSize > 1 ? new(Model.TrainableParameters) : null;
    }

    /// <summary>The training data.</summary>
    internal ITrainingData Data => _data;

    /// <summary>The plan of the run.</summary>
    public TrainingPlan Plan => _clearance.Plan;

    /// <summary>The current model.</summary>
    public LanguageModel Model { get; }

    /// <summary>Number of steps taken.</summary>
    public long Step { get; private set; }

    /// <summary>The best step so far by <c>checkpoints.best_by</c>; null before the first measurement.</summary>
    public BestStep? Best { get; private set; }

    /// <summary>Training time so far, in seconds, with the steps that a rollback took back.</summary>
    public double Seconds { get; private set; }

    /// <summary>Raised for every event that is not a step, as it happens.</summary>
    public event Action<RunEvent>? EventOccurred;

    /// <summary>Creates the trainer of a new run, with random weights or with those that the plan warm-starts from.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="environment">Clock, disk, memory and processes of the run; null for those of this machine.</param>
    /// <exception cref="InvalidDataException">
    /// The initial weights are damaged, do not fit the model, or were trained with another tokenizer.
    /// </exception>
    public static Trainer Create(Clearance clearance, RunEnvironment? environment = null)
    {
        var plan = clearance.Plan;
        if (plan.WarmStart is not { } start)
            return new Trainer(
                clearance, environment,
                device => WeightInitializer.Initialize(plan.Model, plan.Seed, device),
                CreateAdapter);

        var weights = WeightLoader.Open(start.Checkpoint);
        var trainer = new Trainer(clearance, environment, device => weights.Load(plan, device), CreateAdapter)
        {
            Step = start.Step,
        };
        return trainer.InitializeOrDispose(() =>
        {
            weights.RequireTokenizer(trainer._data.Shards, start.GrowVocabulary ? Tokenizer.Load(plan.Data.Tokenizer) : null);
            weights.RequireTemplate(plan.ChatTemplate);
            if (!start.KeepOptimizer) return;
            if (weights.Checkpoint is not { } checkpoint)
                throw new ConfigurationException($"warm_start.keep_optimizer is true, but {start.Checkpoint} holds only weights. "
                    + "Use keep_optimizer: false, or start from a checkpoint.");
            checkpoint.LoadOptimizer(trainer._optimizer);
        });

        Adapter CreateAdapter(ParameterTable weights, LoraConfig lora) =>
            Adapter.Create(weights.Config, lora, plan.Seed, weights.Tensors.First().device);
    }

    /// <summary>Resumes from a checkpoint of the same run.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <param name="environment">Clock, disk, memory and processes of the run; null for those of this machine.</param>
    /// <exception cref="InvalidDataException">
    /// The checkpoint is damaged, or was trained on other data or with another seed.
    /// </exception>
    public static Trainer Resume(Clearance clearance, string folder, RunEnvironment? environment = null)
    {
        var (checkpoint, plan) = (Checkpoint.Open(folder), clearance.Plan);
        var trainer = new Trainer(
            clearance, environment,
            device =>
                plan.Lora is null
                    ? checkpoint.LoadParameters(plan.TrainedModel, device)
                    : WeightLoader.Open(plan.WarmStart!.Checkpoint).Load(plan, device),
            (weights, _) => checkpoint.LoadAdapter(weights, plan.WarmStart!.Checkpoint, weights.Tensors.First().device))
        {
            Step = checkpoint.State.Step,
            Best = GetComparable(checkpoint.State.Best, plan),
            Seconds = checkpoint.State.Seconds,
            _validationLoss = checkpoint.State.ValidationLoss,
        };
        return trainer.InitializeOrDispose(() =>
        {
            checkpoint.LoadOptimizer(trainer._optimizer);
            if (trainer._average is { } average) checkpoint.LoadAverage(average);
            checkpoint.RequireSeed(trainer.Plan);
            checkpoint.RequireData(trainer._data.Shards);
            checkpoint.RequireExamples(trainer.Plan);
            trainer._data.LoadState(checkpoint.DataFile);
            trainer.Restore(checkpoint.State.Safety);
        });
    }

    /// <summary>Takes one optimizer step. Skips the batches that the plan says to skip.</summary>
    /// <returns>The metrics of the step.</returns>
    /// <exception cref="DivergenceException">
    /// The batch would harm the model, and the plan says to stop or roll back. No weight was changed.
    /// </exception>
    /// <exception cref="ConfigurationException">Not even one sequence fits into memory.</exception>
    /// <exception cref="LostRankException">Another process was lost. No weight was changed.</exception>
    public StepMetrics TakeStep()
    {
        while (true)
            if (TryTakeStep(_schedule.GetLearningRate(Step + 1)) is { } numbers) return numbers;
    }

    /// <summary>Takes one optimizer step at another learning rate than that of the schedule.</summary>
    /// <inheritdoc cref="TakeStep()"/>
    /// <param name="learningRate">Learning rate of the step, before multipliers.</param>
    public StepMetrics TakeStep(double learningRate)
    {
        while (true)
            if (TryTakeStep(learningRate) is { } numbers) return numbers;
    }

    private StepMetrics? TryTakeStep(double learningRate)
    {
        using var scope = NewDisposeScope();
        Prepare();
        var started = Stopwatch.GetTimestamp();
        var (step, dataStep) = (Step + 1, Step + 1 + _skippedBatches);

        var microBatches = new List<IMicroBatch>();
        var loss = ComputeGradient(dataStep, microBatches);
        var limit = Plan.Optimizer.GradientClip > 0 ? Plan.Optimizer.GradientClip : double.PositiveInfinity;
        var norm = GradientClipping.ClipByGlobalNorm(Model.TrainableParameters, limit);
        var verdict = _guard.Check(loss, norm);
        if (verdict.Action is DivergenceAction.Stop or DivergenceAction.Rollback)
            throw new DivergenceException(step, learningRate, verdict);
        if (verdict.Action is DivergenceAction.Skip)
        {
            Skip(step, learningRate, verdict);
            return null;
        }

        _optimizer.Step(learningRate);
        _average?.Update(step);
        Model.TrainableParameters.ClearGradients();
        _guard.Accept(verdict);
        if (verdict.Action is DivergenceAction.Log)
            EventOccurred?.Invoke(BatchEvents.CreateAccepted(step, dataStep, learningRate, verdict));

        Step = step;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Seconds += seconds;
        var tokens = _data.CountTokensThrough(dataStep);
        var tokensPerSecond = (tokens - _data.CountTokensThrough(dataStep - 1)) / seconds;
        return new StepMetrics(step, loss, learningRate, norm, tokens, tokensPerSecond, Seconds, MeasurePeakMemory())
        {
            LossTerms = Epoch is null ? null : _data.CountLossTerms(dataStep, 0, Plan.Training.RowsPerStep),
            Epoch = Epoch,
            Gpu = _sensors?.Read(),
            Preference = _data.Summarize(microBatches, _environment.ProcessGroup),
            Grpo = _data.StepAnswers,
            GradientNoise = _noise?.Measure(_environment.ProcessGroup, norm),
        };
    }

    // Computes the gradient of a step over all processes and returns its loss. Collects preference batches.
    private double ComputeGradient(long dataStep, List<IMicroBatch> collected)
    {
        _microBatchLimit.RunUntilFits(rows =>
        {
            _data.PrepareStep(Model, dataStep, rows, _environment.ProcessGroup);
            return rows;
        });
        var localTerms = _data.CountLossTerms(dataStep, _shard.FirstRow, _shard.Rows);
        return GradientAllReduce.ComputeGradient(
            _environment.ProcessGroup, Model.TrainableParameters, localTerms, lossTerms => _microBatchLimit.RunUntilFits(rows =>
            {
                collected.Clear();
                var microBatches = ReadMicroBatches(dataStep).SelectMany(batch => batch.Split(rows)).Select(Collect);
                return _environment.ComputeGradient(
                    Model, _noise?.Watch(microBatches, lossTerms.Global) ?? microBatches, lossTerms);
            }));

        IMicroBatch Collect(IMicroBatch batch)
        {
            if (Plan.Preference is not null) collected.Add(batch);
            return batch;
        }
    }

    /// <summary>The chat template that encodes prompts; null if the model only continues text.</summary>
    public ChatTemplate? Template => _data.Template;

    /// <summary>Passes over the training examples so far; null for data without epochs.</summary>
    public double? Epoch => _data.GetEpoch(Step + _skippedBatches);

    /// <summary>Measures the validation loss.</summary>
    public ValidationMetrics Measure()
    {
        Prepare();
        var loss = _data.Measure(Model, _environment.ProcessGroup);
        _validationLoss = loss.Loss;
        return loss;
    }

    /// <summary>Compares the current step with the best one so far.</summary>
    /// <param name="value">Its value of <c>checkpoints.best_by</c>; the same in every process.</param>
    public void UpdateBest(double value) => Best = BestStep.Update(Best, CheckpointMetric.FromPlan(Plan), Step, value);

    /// <summary>
    /// Prepares the data for the first step, such as the reference log-probabilities of DPO. Further calls do nothing.
    /// </summary>
    /// <exception cref="LostRankException">Another process was lost.</exception>
    public void Prepare() => _data.Prepare(Model.Device, _environment.ProcessGroup);

    /// <summary>Checks that all processes hold the same state, bit by bit.</summary>
    /// <exception cref="RanksDifferException">A process differs; the message names its rank and the weight.</exception>
    /// <exception cref="LostRankException">Another process was lost.</exception>
    public void RequireSameState()
    {
        (string, ParameterTable)[] adapter = _adapter is null ? [] : [("", _adapter.Parameters)];
        RankConsistency.RequireSameState(
            _environment.ProcessGroup, Step,
            [
                ("", _parameters), .. adapter, .. _optimizer.State.Select(state => (state.Description, state.Table)),
                .. _average is null ? Array.Empty<(string, ParameterTable)>() : [("average of ", _average.Average)],
            ]);
    }

    /// <summary>Restores a checkpoint of this run and skips all data up to and including the batch that diverged.</summary>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <param name="divergence">The exception that <see cref="TakeStep()"/> threw.</param>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    public void RollBack(string folder, DivergenceException divergence)
    {
        var checkpoint = Checkpoint.Open(folder);
        using (var adapter = _adapter is null ? null : checkpoint.LoadAdapter(_parameters, Plan.WarmStart!.Checkpoint, CPU))
        using (var stored = adapter?.Parameters ?? checkpoint.LoadParameters(Plan.TrainedModel, CPU))
        using (no_grad())
            foreach (var name in Model.TrainableParameters.Names) Model.TrainableParameters[name].copy_(stored[name]);
        checkpoint.LoadOptimizer(_optimizer);
        if (_average is not null) checkpoint.LoadAverage(_average);
        _data.LoadState(checkpoint.DataFile);
        Model.TrainableParameters.ClearGradients();

        var divergedDataStep = divergence.Step + _skippedBatches;
        var state = checkpoint.State;
        Step = state.Step;
        Best = GetComparable(state.Best, Plan);
        _validationLoss = state.ValidationLoss;
        Restore(
            state.Safety with
            {
                SkippedBatches = divergedDataStep - Step,
                RefusedBatches = _guard.RefusedBatches + 1,
                MicroBatchSize = GetReducedMicroBatchSize(),
            });
        EventOccurred?.Invoke(BatchEvents.CreateRolledBack(divergence, Step, divergedDataStep));
    }

    /// <summary>Writes a checkpoint from which <see cref="Resume"/> can continue.</summary>
    /// <param name="folder">The output folder.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to. Older checkpoints are unchanged.</exception>
    public void Save(string folder) =>
        Checkpoint.Save(
            folder, _parameters, _optimizer, _data.Template,
            hashes => new CheckpointState(
        Step,
        _optimizer.Steps, Seconds, _validationLoss, Plan.Seed, _data.Shards.Manifest.TokenizerHash,
        ShardHash.Compute(_data.Shards.Manifest), Plan.ComputeExamplesHash(), _clearance.Digest, Best,
        new SafetyState(
            _skippedBatches, _guard.RefusedBatches, GetReducedMicroBatchSize(), _guard.RecentLosses, _guard.RecentNorms),
        hashes)
        {
            AverageUpdates = _average?.Updates,
        },
        _adapter is null ? null : (_adapter, _adapterBase!), _average, _data.SaveState());

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _optimizer.Dispose();
        _average?.Dispose();
        _adapter?.Dispose();
        _parameters.Dispose();
        Task.WaitAny(_prefetch);
        _data.Dispose();
    }

    // If the plan of a resumed run chooses another metric, the search for the best step begins again.
    private static BestStep? GetComparable(BestStep? best, TrainingPlan plan) =>
        best?.Metric == plan.Checkpoints.BestBy ? best : null;

    [MemberNotNull(nameof(_guard), nameof(_microBatchLimit))]
    private void Restore(SafetyState state)
    {
        _skippedBatches = state.SkippedBatches;
        _guard = new DivergenceGuard(Plan.Safety, state);
        _microBatchLimit = new MicroBatchLimit(
            Math.Min(state.MicroBatchSize ?? _shard.MicroBatchSize, _shard.MicroBatchSize),
            (before, after) => EventOccurred?.Invoke(BatchEvents.CreateHalved(Step + 1, Plan.Training, before, after)));
    }

    // The loss of a reward model does not depend on the logits, and so not on an output projection of its own.
    private IEnumerable<string> GetFrozenNames()
    {
        var frozen = Plan.Optimizer.Freeze.GetFrozenNames(Plan.TrainedModel);
        return Plan.TrainedModel.HasRewardHead && !Plan.Model.TieEmbeddings ? frozen.Append("lm_head.weight") : frozen;
    }

    private int? GetReducedMicroBatchSize() => _microBatchLimit.Rows < _shard.MicroBatchSize ? _microBatchLimit.Rows : null;

    private void Skip(long step, double learningRate, DivergenceCheckResult checkResult)
    {
        Model.TrainableParameters.ClearGradients();
        _skippedBatches++;
        _guard.Refuse();
        EventOccurred?.Invoke(BatchEvents.CreateSkipped(step, Step + _skippedBatches, learningRate, checkResult));
    }

    // Seeds the generators for every micro-batch, regardless of what was drawn before. Prefetches the rows of the next data step
    // meanwhile.
    private IEnumerable<IMicroBatch> ReadMicroBatches(long dataStep)
    {
        if (_prefetch.IsCompleted) _prefetch = Task.Run(() => _data.Prefetch(dataStep + 1, _shard.FirstRow, _shard.Rows));
        foreach (var row in _shard.MicroBatchFirstRows)
        {
            StepRandomness.SeedGenerators(Plan.Seed, dataStep, row);
            yield return _data.ReadMicroBatch(dataStep, row, _shard.MicroBatchSize, Model.Device);
        }
    }

    private Trainer InitializeOrDispose(Action prepare)
    {
        try
        {
            prepare();
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    // libtorch keeps the device memory that it once allocated, so the memory in use after a step is the peak of the step.
    private long MeasurePeakMemory()
    {
        if (_cuda is not null) return _peakMemory = Math.Max(_peakMemory, _cuda.UsedBytes);
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
