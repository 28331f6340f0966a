using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>
/// A loop as in the Trainer of Hugging Face: decay groups, a linear schedule that is an object with state, a checkpoint, several
/// ranks, a frozen embedding.
/// </summary>
internal sealed class TrainerLoop : ITrainingLoop
{
    private const string Embedding = "_embedding.weight";

    private readonly LoopOptions _options;
    private readonly ForeignBug _bug;
    private readonly RankGroup _ranks;
    private readonly int _rank;
    private readonly AdamW _optimizer;
    private LlamaModel _model;
    private WorkingCopy _working;
    private readonly List<IDisposable> _replaced = [];
    private long _scheduled;

    public TrainerLoop(LoopOptions options, ForeignBug bug = ForeignBug.None, RankGroup? ranks = null, int rank = 0)
    {
        (_options, _bug, _ranks, _rank) = (options, bug, ranks ?? new(1), rank);
        random.manual_seed(bug == ForeignBug.SeedIgnored ? 42
            : bug == ForeignBug.RanksHaveOwnSeeds ? options.Seed + rank : options.Seed);
        (_model, _working) = CreateModel();
        _optimizer = CreateOptimizer();
    }

    public IReadOnlyDictionary<string, Tensor> Parameters =>
        _model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    public static LoopFacts GetFacts(ForeignBug bug = ForeignBug.None) => new(LlamaModel.Vocabulary, 24)
    {
        Rate = GetRate,
        AdamW = new(),
        IsFrozen = name => name == Embedding,
        Order = new EpochSampler(bug).Order,
        Ranks = (options, count) =>
        {
            var group = new RankGroup(count);
            return [.. Enumerable.Range(0, count).Select(rank => new TrainerLoop(options, bug, group, rank))];
        },
    };

    /// <summary>Linear warm-up, then linear to zero.</summary>
    public static double GetRate(LoopOptions options, long step) => options.PeakRate * (step < options.Warmup
        ? (step + 1.0) / (options.Warmup + 1)
        : Math.Max(0.0, options.Steps - step) / Math.Max(1, options.Steps - options.Warmup));

    public StepResult Step(IReadOnlyList<TokenRows> microBatches)
    {
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        var total = Accumulate(microBatches);
        var norm = nn.utils.clip_grad_norm_(Trained.Select(p => p.Value), _options.MaxNorm ?? double.PositiveInfinity);
        if (!double.IsFinite(total) || !double.IsFinite(norm)) return new(total, norm, Skipped: true);
        var gradients = Trained.ToDictionary(p => p.Key, p => p.Value.grad!.Doubles());
        var rate = GetRate(_options, _scheduled);
        _scheduled += _bug == ForeignBug.ScheduleByMicroBatch ? microBatches.Count : 1;
        foreach (var group in _optimizer.ParamGroups) group.LearningRate = rate;
        _optimizer.step();
        if (_bug == ForeignBug.FrozenWeightsDecay) DecayFrozen(rate);
        return new(total, norm, rate) { Gradients = gradients };
    }

    public void Save(string folder)
    {
        if (_bug == ForeignBug.CheckpointInBFloat16)
        {
            using var grad = no_grad();
            var (copy, working) = CreateModel();
            foreach (var (from, to) in _model.parameters().Zip(copy.parameters())) to.copy_(from.to(bfloat16));
            copy.save(Path.Combine(folder, "model.dat"));
            working.Dispose();
            copy.Dispose();
        }
        else
        {
            _model.save(Path.Combine(folder, "model.dat"));
        }
        _optimizer.save_state_dict(Path.Combine(folder, "optimizer.dat"));
        File.WriteAllText(
            Path.Combine(folder, "state.txt"), string.Create(CultureInfo.InvariantCulture, $"{_scheduled}"));
    }

    public void Load(string folder)
    {
        if (_bug == ForeignBug.OptimizerHoldsOldWeights)
        {
            _replaced.AddRange([_working, _model]);      // the optimizer holds its weights
            (_model, _working) = CreateModel();
        }
        _model.load(Path.Combine(folder, "model.dat"));
        _optimizer.load_state_dict(Path.Combine(folder, "optimizer.dat"));
        var scheduled = long.Parse(File.ReadAllText(Path.Combine(folder, "state.txt")), CultureInfo.InvariantCulture);
        _scheduled = _bug == ForeignBug.ScheduleNotSaved ? 0 : scheduled;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (var old in _replaced) old.Dispose();
        _working.Dispose();
        _model.Dispose();
    }

    private Dictionary<string, Parameter> Trained => _model.named_parameters()
        .Where(p => p.parameter.requires_grad).ToDictionary(p => p.name, p => p.parameter);

    private (LlamaModel Model, WorkingCopy Working) CreateModel()
    {
        var model = CreateFrozen();
        return (model, new(model, CreateFrozen, _options.NumberType));
    }

    private static LlamaModel CreateFrozen()
    {
        var model = new LlamaModel();
        model.get_parameter(Embedding)!.requires_grad_(false);
        return model;
    }

    private AdamW CreateOptimizer()
    {
        var hasHead = _bug != ForeignBug.HeadNotOptimized;
        var trained = Trained.Where(p => hasHead || !p.Key.StartsWith("_head", StringComparison.Ordinal))
            .Select(p => p.Value).ToArray();
        AdamW.ParamGroup[] groups =
        [
            new(trained.Where(p => p.ndim > 1), lr: _options.PeakRate, weight_decay: _options.WeightDecay),
            new(trained.Where(p => p.ndim == 1), lr: _options.PeakRate, weight_decay: 0),
        ];
        return optim.AdamW(groups, lr: _options.PeakRate);
    }

    private double Accumulate(IReadOnlyList<TokenRows> microBatches)
    {
        _working.Refresh();
        var own = (double)microBatches.Sum(rows => rows.Targets.ne(-100).sum().item<long>());
        var all = _ranks.Sum(_rank, [own])[0];
        var total = 0.0;
        for (var i = 0; i < microBatches.Count; i++)
        {
            var rows = microBatches[i];
            var loss = F.cross_entropy(
                _working.Model.forward(rows.Ids).to(float32).flatten(0, 1), rows.Targets.flatten(), ignore_index: -100,
                reduction: nn.Reduction.Sum);
            total += loss.item<float>();
            (loss / (_bug == ForeignBug.MeanOfRankMeans ? own * _ranks.Count : all)).backward();
            _working.CollectGradients();
            if (IsSynchronized(i, microBatches.Count)) AddGradients();
        }
        return _ranks.Sum(_rank, [total])[0] / all;
    }

    private bool IsSynchronized(int index, int count) => _ranks.Count > 1 && _bug switch
    {
        ForeignBug.RanksNotSynchronized => index == 0,
        ForeignBug.ReducedEveryMicroBatch => true,
        _ => index == count - 1,
    };

    private void AddGradients()
    {
        using var grad = no_grad();
        foreach (var weight in Trained.Values)
            weight.grad!.copy_(tensor(_ranks.Sum(_rank, weight.grad!.Doubles())).reshape(weight.shape));
    }

    private void DecayFrozen(double rate)
    {
        using var grad = no_grad();
        _model.get_parameter(Embedding)!.mul_(1 - rate * _options.WeightDecay);
    }
}
