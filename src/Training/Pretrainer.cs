using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// Learns to predict the next token. Holds the state of a run and moves it one step at a time; what surrounds the steps
/// is <see cref="PretrainingRun"/>.
/// </summary>
/// <remarks>
/// A step is a function of (state, plan, step number, number of processes): two runs of one plan have equal bits, interrupted or
/// not. Step n learns from batch n, or from a later one when batches were left out before. Processes that train together each
/// hold the whole state, and move it by the same step. Where the plan has an adapter, it alone learns, and the weights are those
/// that training began with. Spec: P42, P60, CKP, SAF-02, SAF-03, RNK, LOR-08.
/// </remarks>
public sealed class Pretrainer : IDisposable
{
    private readonly Clearance _clearance;
    private readonly ITrainingData _data;
    private readonly LearningRateSchedule _schedule;
    private readonly RankShard _share;
    private readonly ParameterTable _parameters;
    private readonly Adapter? _adapter;
    private readonly AdapterBase? _base;            // the weights that an adapter is trained on
    private readonly AdamW _optimizer;
    private readonly Machine _machine;
    private readonly CudaDevice? _cuda;             // null on the processor
    private DivergenceGuard _guard;
    private MicroBatchLimit _microBatches;
    private long _skippedBatches;
    private double _seconds;
    private long _peakMemory;
    private double? _validationLoss;
    private Task _ahead = Task.CompletedTask;

    private Pretrainer(Clearance clearance, Machine? machine, Func<Device, ParameterTable> weights, Func<ParameterTable, LoraConfig, Adapter> adapter)
    {
        _clearance = clearance;
        _machine = machine ?? Machine.Here;
        var context = _machine.Processes.Context;
        _share = RankShard.Of(Plan.Training, context.Rank, context.Size);
        Remember(SafetyState.Initial);
        CheckedOperators.UseThreads(context.ThreadsFor(Plan));
        var device = TrainingDevice.Resolve(Plan.Device);
        _cuda = device.type == DeviceType.CUDA ? CudaDevice.Find(device.index) : null;
        _data = ITrainingData.Open(Plan);
        try
        {
            _schedule = LearningRateSchedule.Of(Plan);
            _parameters = weights(device);
            if (Plan.Lora is not null)
            {
                var from = Plan.Start!.Checkpoint;
                (_adapter, _base) = (adapter(_parameters, Plan.Lora), new(Checkpoint.Find(from) ?? from, ParameterHash.Of(_parameters)));
            }
        }
        catch
        {
            _parameters?.Dispose();
            _data.Dispose();
            throw;
        }
        foreach (var name in _adapter is null ? Plan.Optimizer.Freeze.NamesIn(Plan.Model) : _parameters.Names) _parameters[name].requires_grad_(false);
        Model = new LanguageModel(_parameters, Plan.ComputeType, adapter: _adapter);
        _optimizer = new AdamW(
            Model.Trained, new AdamWSettings(Plan.Optimizer.Beta1, Plan.Optimizer.Beta2, Plan.Optimizer.Epsilon, Plan.Optimizer.WeightDecay),
            rates: Plan.Optimizer.Rates);
    }

    /// <summary>The plan that was cleared.</summary>
    public TrainingPlan Plan => _clearance.Plan;

    /// <summary>The model as it is now.</summary>
    public LanguageModel Model { get; }

    /// <summary>Steps taken.</summary>
    public long Step { get; private set; }

    /// <summary>The step with the lowest validation loss so far; null when never measured.</summary>
    public BestValidation? Best { get; private set; }

    /// <summary>Is told what happens besides steps, as it happens.</summary>
    public event Action<RunEvent>? Happened;

    /// <summary>Begins a run: with random weights, or with those its plan starts from.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="machine">What the run takes from its machine; null for the one at hand.</param>
    /// <exception cref="InvalidDataException">The weights to start from are damaged, do not fit the model, or were trained with another tokenizer.</exception>
    public static Pretrainer Begin(Clearance clearance, Machine? machine = null)
    {
        var plan = clearance.Plan;
        if (plan.Start is not { } start)
            return new Pretrainer(clearance, machine, device => Initialization.Draw(plan.Model, plan.Seed, device), Draw);

        var weights = InitialWeights.Open(start.Checkpoint);
        var trainer = new Pretrainer(clearance, machine, device => weights.Load(plan, device), Draw) { Step = start.Step };
        return trainer.OrDispose(() =>
        {
            weights.RequireTokenizer(trainer._data.Shards, start.GrowVocabulary ? Tokenizer.Load(plan.Data.Tokenizer) : null);
            if (!start.KeepOptimizer) return;
            if (weights.Checkpoint is not { } checkpoint)
                throw new ConfigurationException($"start.keep_optimizer is true, but {start.Checkpoint} holds weights alone. Use keep_optimizer: false, or start from a checkpoint.");
            checkpoint.LoadOptimizer(trainer._optimizer);
        });

        Adapter Draw(ParameterTable weights, LoraConfig lora) => Adapter.Draw(weights.Config, lora, plan.Seed, weights.Tensors.First().device);
    }

    /// <summary>Goes on where a checkpoint of the same run was saved.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <param name="machine">What the run takes from its machine; null for the one at hand.</param>
    /// <exception cref="InvalidDataException">The checkpoint is damaged, or was trained on other data.</exception>
    public static Pretrainer Resume(Clearance clearance, string folder, Machine? machine = null)
    {
        var (checkpoint, plan) = (Checkpoint.Open(folder), clearance.Plan);
        var trainer = new Pretrainer(
            clearance, machine,
            device => plan.Lora is null ? checkpoint.LoadParameters(plan.Model, device) : InitialWeights.Open(plan.Start!.Checkpoint).Load(plan, device),
            (weights, _) => checkpoint.LoadAdapter(weights, plan.Start!.Checkpoint, weights.Tensors.First().device))
        {
            Step = checkpoint.State.Step,
            Best = checkpoint.State.Best,
            _seconds = checkpoint.State.Seconds,
            _validationLoss = checkpoint.State.ValidationLoss,
        };
        return trainer.OrDispose(() =>
        {
            checkpoint.LoadOptimizer(trainer._optimizer);
            checkpoint.RequireData(trainer._data.Shards);
            checkpoint.RequireConversations(trainer.Plan);
            trainer.Remember(checkpoint.State.Safety);
        });
    }

    /// <summary>Reads a batch, moves every weight once. Batches that the plan skips are left out on the way.</summary>
    /// <returns>The numbers of the step.</returns>
    /// <exception cref="DivergenceException">The batch would harm the model, and the plan stops or goes back; no weight was moved.</exception>
    /// <exception cref="ConfigurationException">A single sequence does not fit into memory.</exception>
    /// <exception cref="LostRankException">Another process is gone; no weight was moved.</exception>
    public StepMetrics TakeStep()
    {
        while (true)
            if (TryNextBatch() is { } numbers) return numbers;
    }

    private StepMetrics? TryNextBatch()
    {
        using var scope = NewDisposeScope();
        Prepare();
        var started = Stopwatch.GetTimestamp();
        var (step, batch) = (Step + 1, Step + 1 + _skippedBatches);
        var learningRate = _schedule.At(step);

        var pairs = new List<PreferenceBatch>();
        var loss = GradientAllReduce.Of(_machine.Processes, Model.Trained, _data.CountedTargets(batch, _share.FirstRow, _share.Rows), targets => _microBatches.Fit(rows =>
        {
            pairs.Clear();
            return _machine.Gradient(Model, MicroBatches(batch).SelectMany(micro => micro.Split(rows)).Select(Remember), targets);
        }));

        var limit = Plan.Optimizer.GradientClip > 0 ? Plan.Optimizer.GradientClip : double.PositiveInfinity;
        var norm = GradientClipping.ByGlobalNorm(Model.Trained, limit);
        var verdict = _guard.Judge(loss, norm);
        if (verdict.Remedy is Remedy.Stop or Remedy.Rollback) throw new DivergenceException(step, learningRate, verdict);
        if (verdict.Remedy is Remedy.Skip)
        {
            Skip(step, learningRate, verdict);
            return null;
        }

        _optimizer.Step(learningRate);
        Model.Trained.ClearGradients();
        _guard.Accept(verdict);
        if (verdict.Remedy is Remedy.Log) Happened?.Invoke(BatchEvents.Accepted(step, batch, learningRate, verdict));

        Step = step;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _seconds += seconds;
        var tokens = _data.TokensThrough(batch);
        return new StepMetrics(step, loss, learningRate, norm, tokens, (tokens - _data.TokensThrough(batch - 1)) / seconds, _seconds, PeakMemory())
        {
            Counted = Epochs is null ? null : _data.CountedTargets(batch, 0, Plan.Training.RowsPerStep),
            Epoch = Epochs,
            Preference = Plan.Preference is null ? null : PairResult.Average([.. pairs.SelectMany(batch => batch.Results)], _machine.Processes),
        };

        IMicroBatch Remember(IMicroBatch batch)
        {
            if (batch is PreferenceBatch preference) pairs.Add(preference);
            return batch;
        }
    }

    /// <summary>How prompts become tokens; null where the model only continues text.</summary>
    public ChatTemplate? Template => _data.Template;

    /// <summary>How often all examples have been read; null where there is no such thing as all.</summary>
    public double? Epochs => _data.EpochsThrough(Step + _skippedBatches);

    /// <summary>Measures the loss on the held-out part of the data.</summary>
    public HeldOutLoss Measure()
    {
        Prepare();
        var loss = _data.Measure(Model, _machine.Processes);
        _validationLoss = loss.Validation;
        if (loss.Validation is { } validation && Step > 0) Best = BestValidation.Of(Best, Step, validation);
        return loss;
    }

    /// <summary>Makes what must be there before the first step: where the model is compared with what it was, what it was. Does nothing the second time.</summary>
    /// <exception cref="LostRankException">Another process is gone.</exception>
    public void Prepare() => _data.Prepare(Model.Device, _machine.Processes);

    /// <summary>Makes sure that all processes hold the same state, bit by bit.</summary>
    /// <exception cref="RanksDifferException">One does not; names rank and weight.</exception>
    /// <exception cref="LostRankException">Another process is gone.</exception>
    public void RequireSameState()
    {
        (string, ParameterTable)[] adapter = _adapter is null ? [] : [("", _adapter.Parameters)];
        RankConsistency.RequireSameState(_machine.Processes, Step, [("", _parameters), .. adapter, ("mean of ", _optimizer.Means), ("square of ", _optimizer.Squares)]);
    }

    /// <summary>Takes up the state of a checkpoint of this run, and leaves out all data up to the batch that was refused.</summary>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <param name="refused">What <see cref="TakeStep"/> threw about the batch.</param>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    public void RollBack(string folder, DivergenceException refused)
    {
        var checkpoint = Checkpoint.Open(folder);
        using (var adapter = _adapter is null ? null : checkpoint.LoadAdapter(_parameters, Plan.Start!.Checkpoint, CPU))
        using (var stored = adapter?.Parameters ?? checkpoint.LoadParameters(Plan.Model, CPU))
        using (no_grad())
            foreach (var name in Model.Trained.Names) Model.Trained[name].copy_(stored[name]);
        checkpoint.LoadOptimizer(_optimizer);
        Model.Trained.ClearGradients();

        var bad = refused.Step + _skippedBatches;
        var state = checkpoint.State;
        Step = state.Step;
        Best = state.Best;
        _validationLoss = state.ValidationLoss;
        Remember(state.Safety with { SkippedBatches = bad - Step, RefusedBatches = _guard.Refused + 1, MicroBatchRows = SmallestMicroBatch() });
        Happened?.Invoke(BatchEvents.RolledBack(refused, Step, bad));
    }

    /// <summary>Writes everything that <see cref="Resume"/> needs.</summary>
    /// <param name="folder">Where to.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to; older checkpoints are untouched.</exception>
    public void Save(string folder) => Checkpoint.Save(folder, _parameters, _optimizer, _data.Template, hashes => new CheckpointState(
        Step, _optimizer.Steps, _seconds, _validationLoss, Plan.Seed, _data.Shards.Manifest.TokenizerHash, ShardIdentity.Of(_data.Shards.Manifest), Plan.ConversationsHash(), _clearance.Digest, Best,
        new SafetyState(_skippedBatches, _guard.Refused, SmallestMicroBatch(), _guard.RecentLosses, _guard.RecentNorms), hashes),
        _adapter is null ? null : (_adapter, _base!));

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _optimizer.Dispose();
        _adapter?.Dispose();
        _parameters.Dispose();
        Task.WaitAny(_ahead);
        _data.Dispose();
    }

    [MemberNotNull(nameof(_guard), nameof(_microBatches))]
    private void Remember(SafetyState state)
    {
        _skippedBatches = state.SkippedBatches;
        _guard = new DivergenceGuard(Plan.Safety, state);
        _microBatches = new MicroBatchLimit(Math.Min(state.MicroBatchRows ?? _share.BatchSize, _share.BatchSize), (before, after) =>
            Happened?.Invoke(BatchEvents.Halved(Step + 1, Plan.Training, before, after)));
    }

    private int? SmallestMicroBatch() => _microBatches.Rows < _share.BatchSize ? _microBatches.Rows : null;

    private void Skip(long step, double learningRate, BatchVerdict verdict)
    {
        Model.Trained.ClearGradients();
        _skippedBatches++;
        _guard.Refuse();
        Happened?.Invoke(BatchEvents.Skipped(step, Step + _skippedBatches, learningRate, verdict));
    }

    // Each begins with the random numbers of its own, whatever was drawn before. While they are learned from, the disk is
    // asked for those of the next batch.
    private IEnumerable<IMicroBatch> MicroBatches(long batch)
    {
        if (_ahead.IsCompleted) _ahead = Task.Run(() => _data.Fetch(batch + 1, _share.FirstRow, _share.Rows));
        foreach (var row in _share.FirstRows)
        {
            StepRandomness.Begin(Plan.Seed, batch, row);
            yield return _data.MicroBatch(batch, row, _share.BatchSize, Model.Device);
        }
    }

    private Pretrainer OrDispose(Action prepare)
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

    // libtorch keeps what it once had of a device, so what is in use after a step is what the step needed at most.
    private long PeakMemory()
    {
        if (_cuda is not null) return _peakMemory = Math.Max(_peakMemory, _cuda.UsedBytes);
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
