using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>A loop around <see cref="LoopModule"/> with the optimizer of TorchSharp: correct without a mistake.</summary>
internal sealed class ModuleLoop : ITrainingLoop
{
    private readonly LoopOptions _options;
    private readonly LoopMistake _mistake;
    private readonly LoopModule _model;
    private readonly TorchSharp.Modules.AdamW _optimizer;
    private long _step, _seed;

    public ModuleLoop(LoopOptions options, LoopMistake mistake = LoopMistake.None, ScalarType type = ScalarType.Float32)
    {
        if (mistake == LoopMistake.SeedNotUsed) options = options with { Seed = 1337 };
        (_options, _mistake, _seed, _model) = (options, mistake, options.Seed, new(options));
        _model.to(type);
        var decayed = mistake == LoopMistake.L2InGradient ? 0 : options.WeightDecay;
        var ungrouped = mistake == LoopMistake.OneParameterGroup ? options.WeightDecay : 0;
        _optimizer = optim.AdamW(
            new TorchSharp.Modules.AdamW.ParamGroup[]
            {
                new(Choose(matrices: true), lr: GetRate(options, 0), weight_decay: decayed),
                new(Choose(matrices: false), lr: GetRate(options, 0), weight_decay: ungrouped),
            },
            lr: GetRate(options, 0), weight_decay: options.WeightDecay);
    }

    public static LoopFacts Facts { get; } = new(LoopModule.Vocabulary, LoopModule.Time) 
    {
        Rate = GetRate,
        AdamW = new(),
    };

    /// <summary>False if a step reports the norm of its gradients only.</summary>
    public bool ReportsGradients { get; init; } = true;

    /// <summary>Multiplier of the learning rate of biases and norms.</summary>
    public double VectorFactor { get; init; } = 1;

    public IReadOnlyDictionary<string, Tensor> Parameters =>
        _model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    /// <summary>Linear warm-up, then linear to zero.</summary>
    public static double GetRate(LoopOptions options, long step) => options.PeakRate * Math.Min(
        (step + 1.0) / (options.Warmup + 1), 1 - Math.Max(0.0, step - options.Warmup) / (options.Steps - options.Warmup));

    public StepResult Step(IReadOnlyList<TokenRows> microBatches)
    {
        using var scope = NewDisposeScope();
        if (_mistake != LoopMistake.GeneratorNotSaved) random.manual_seed(unchecked(_seed * 1000 + _step));
        var counted = microBatches.Sum(rows => rows.Targets.ne(-100).sum().item<long>());
        var total = 0.0;
        if (_mistake != LoopMistake.NotCleared) _optimizer.zero_grad();
        foreach (var rows in microBatches)
        {
            var logits = _model.forward(rows.Ids).flatten(0, 1);
            var loss = nn.functional.cross_entropy(
                logits, rows.Targets.flatten(), ignore_index: -100, reduction: nn.Reduction.Sum) / counted;
            if (_mistake == LoopMistake.MeanOfMeans)
                loss = nn.functional.cross_entropy(logits, rows.Targets.flatten(), ignore_index: -100) / microBatches.Count;
            loss.backward();
            total = (_mistake == LoopMistake.LossOfLastMicroBatch ? 0 : total) + loss.item<float>();
            if (_mistake == LoopMistake.ClippedPerMicroBatch)
                nn.utils.clip_grad_norm_(_model.parameters(), _options.MaxNorm ?? 1e9);
        }
        var limit = _mistake == LoopMistake.NeverClipped ? null : _options.MaxNorm;
        var norm = nn.utils.clip_grad_norm_(_model.parameters(), limit ?? 1e9);
        if (_mistake != LoopMistake.NotFiniteNotChecked && !(double.IsFinite(total) && double.IsFinite(norm)))
            return new(total, norm, Skipped: true);
        var rate = GetRate(_options, _mistake == LoopMistake.RateOneStepLate ? Math.Max(0, _step - 1) : _step);
        _step++;
        if (_mistake == LoopMistake.L2InGradient) AddDecayToGradients();
        var gradients = ReportsGradients ? Parameters.ToDictionary(p => p.Key, p => p.Value.grad!.Doubles()) : null;
        foreach (var (group, factor) in _optimizer.ParamGroups.Zip([1, VectorFactor])) group.LearningRate = rate * factor;
        _optimizer.step();
        return new(total, norm, rate) { Gradients = gradients };
    }

    public void Save(string folder)
    {
        _model.save(Path.Combine(folder, "model.dat"));
        _optimizer.save_state_dict(Path.Combine(folder, "optimizer.dat"));
        File.WriteAllText(Path.Combine(folder, "step.txt"), $"{_step} {_seed}");
    }

    public void Load(string folder)
    {
        _model.load(Path.Combine(folder, "model.dat"));
        if (_mistake != LoopMistake.OptimizerNotSaved) _optimizer.load_state_dict(Path.Combine(folder, "optimizer.dat"));
        var numbers = File.ReadAllText(Path.Combine(folder, "step.txt")).Split(' ').Select(long.Parse).ToArray();
        (_step, _seed) = (_mistake == LoopMistake.StepNotSaved ? 0 : numbers[0], numbers[1]);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
    }

    private IEnumerable<TorchSharp.Modules.Parameter> Choose(bool matrices) => _model.named_parameters()
        .Where(p => p.parameter.ndim > 1 == matrices)
        .Where(p => _mistake != LoopMistake.HeadNotOptimized || !p.name.StartsWith("_head", StringComparison.Ordinal))
        .Select(p => p.parameter);

    private void AddDecayToGradients()
    {
        using var grad = no_grad();
        foreach (var weight in Choose(matrices: true)) weight.grad!.add_(weight * _options.WeightDecay);
    }
}
