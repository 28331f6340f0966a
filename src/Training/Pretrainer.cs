using System.Diagnostics;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// Learns to predict the next token. Holds the state of a run and moves it one step at a time; what surrounds the steps
/// is <see cref="PretrainingRun"/>.
/// </summary>
/// <remarks>
/// A step is a function of (state, plan, step number): two runs of one plan have equal bits, interrupted or not. Where the plan
/// has an adapter, it alone learns, and the weights are those that training began with. Spec: P42, P60, CKP, LOR-08.
/// </remarks>
public sealed class Pretrainer : IDisposable
{
    private readonly Clearance _clearance;
    private readonly ITrainingData _data;
    private readonly LearningRateSchedule _schedule;
    private readonly ParameterTable _parameters;
    private readonly Adapter? _adapter;
    private readonly string? _hash;                 // of the weights that an adapter is trained on
    private readonly AdamW _optimizer;
    private double _seconds;
    private double? _validationLoss;

    private Pretrainer(Clearance clearance, Func<Device, ParameterTable> weights, Func<ParameterTable, LoraConfig, Adapter> adapter)
    {
        _clearance = clearance;
        set_num_threads(Plan.Threads > 0 ? Plan.Threads : Environment.ProcessorCount);
        var device = TrainingDevice.Resolve(Plan.Device);
        _data = ITrainingData.Open(Plan);
        try
        {
            _schedule = LearningRateSchedule.Of(Plan);
            _parameters = weights(device);
            if (Plan.Lora is not null) (_adapter, _hash) = (adapter(_parameters, Plan.Lora), ParameterHash.Of(_parameters));
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

    /// <summary>Begins a run: with random weights, or with those its plan starts from.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    public static Pretrainer Begin(Clearance clearance)
    {
        var plan = clearance.Plan;
        if (plan.Start is not { } start)
            return new Pretrainer(clearance, device => Initialization.Draw(plan.Model, plan.Seed, device), Draw);

        var checkpoint = Checkpoint.Open(start.Checkpoint);
        var trainer = new Pretrainer(clearance, device => start.Weights(checkpoint, plan, device), Draw) { Step = start.Step };
        return trainer.OrDispose(() =>
        {
            if (start.KeepOptimizer) checkpoint.LoadOptimizer(trainer._optimizer);
        });

        Adapter Draw(ParameterTable weights, LoraConfig lora) => Adapter.Draw(weights.Config, lora, plan.Seed, weights.Tensors.First().device);
    }

    /// <summary>Goes on where a checkpoint of the same run was saved.</summary>
    /// <param name="clearance">Proof that the specification holds for the plan.</param>
    /// <param name="folder">Folder of the checkpoint.</param>
    /// <exception cref="InvalidDataException">The checkpoint is damaged, or was made with another tokenizer.</exception>
    public static Pretrainer Resume(Clearance clearance, string folder)
    {
        var (checkpoint, plan) = (Checkpoint.Open(folder), clearance.Plan);
        var trainer = new Pretrainer(
            clearance,
            device => plan.Lora is null ? checkpoint.LoadParameters(plan.Model, device) : plan.Start!.Weights(plan, device),
            (weights, _) => checkpoint.LoadAdapter(weights, plan.Start!.Checkpoint, weights.Tensors.First().device))
        {
            Step = checkpoint.State.Step,
            _seconds = checkpoint.State.Seconds,
            _validationLoss = checkpoint.State.ValidationLoss,
        };
        return trainer.OrDispose(() =>
        {
            checkpoint.LoadOptimizer(trainer._optimizer);
            if (checkpoint.State.TokenizerHash != trainer._data.TokenizerHash)
                throw new InvalidDataException($"The checkpoint {folder} was made with tokenizer {checkpoint.State.TokenizerHash}, but the data with {trainer._data.TokenizerHash}. Use the tokenizer and the data that the run began with.");
        });
    }

    /// <summary>Reads a batch, moves every weight once.</summary>
    /// <returns>The numbers of the step.</returns>
    /// <exception cref="DivergenceException">The loss or the gradient is not finite; no weight was moved.</exception>
    public StepMetrics TakeStep()
    {
        using var scope = NewDisposeScope();
        var started = Stopwatch.GetTimestamp();
        var step = Step + 1;
        var learningRate = _schedule.At(step);

        StepRandomness.Begin(Plan.Seed, step);
        var counted = _data.CountedTargets(step);
        var pairs = new List<PreferenceBatch>();
        var loss = AccumulatedGradient.Compute(Model, _data.MicroBatches(step, Model.Device).Select(Remember), counted);

        var limit = Plan.Optimizer.GradientClip > 0 ? Plan.Optimizer.GradientClip : double.PositiveInfinity;
        var norm = GradientClipping.ByGlobalNorm(Model.Trained, limit);
        if (!double.IsFinite(loss) || !double.IsFinite(norm)) throw new DivergenceException(step, loss, norm, learningRate);

        _optimizer.Step(learningRate);
        Model.Trained.ClearGradients();

        Step = step;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _seconds += seconds;
        var (tokens, epoch) = (_data.TokensThrough(step), _data.EpochsThrough(step));
        return new StepMetrics(step, loss, learningRate, norm, tokens, (tokens - _data.TokensThrough(step - 1)) / seconds, _seconds, PeakMemory())
        {
            Counted = epoch is null ? null : counted,
            Epoch = epoch,
            Preference = PreferenceMetrics.Of([.. pairs.SelectMany(batch => batch.Results)]),
        };

        IMicroBatch Remember(IMicroBatch batch)
        {
            if (batch is PreferenceBatch preference) pairs.Add(preference);
            return batch;
        }
    }

    /// <summary>True when a step ends an epoch.</summary>
    public bool EndsEpoch(long step) => _data.EpochsThrough(step) is { } after && Math.Floor(after) > Math.Floor(_data.EpochsThrough(step - 1)!.Value);

    /// <summary>How prompts become tokens; null where the model only continues text.</summary>
    public ChatTemplate? Template => _data.Template;

    /// <summary>Measures the loss on the held-out part of the data.</summary>
    public HeldOutLoss Measure()
    {
        var loss = _data.Measure(Model);
        _validationLoss = loss.Validation;
        return loss;
    }

    /// <summary>Writes everything that <see cref="Resume"/> needs.</summary>
    /// <param name="folder">Where to.</param>
    /// <exception cref="IOException">The disk is full or cannot be written to; older checkpoints are untouched.</exception>
    public void Save(string folder) => Checkpoint.Save(folder, _parameters, _optimizer, _data.Template, hashes => new CheckpointState(
        Step, _optimizer.Steps, _seconds, _validationLoss, Plan.Seed, _data.TokenizerHash, _clearance.Digest, hashes),
        _adapter is null ? null : (_adapter, new AdapterBase(Plan.Start!.Checkpoint, _hash!)));

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _optimizer.Dispose();
        _adapter?.Dispose();
        _parameters.Dispose();
        _data.Dispose();
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

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
