using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>A correct loop around <see cref="LoopModule"/> with the optimizer and the clipping of TorchSharp.</summary>
internal sealed class ModuleLoop : ITrainingLoop
{
    private readonly LoopOptions _options;
    private readonly LoopModule _model;
    private readonly TorchSharp.Modules.AdamW _optimizer;
    private long _step, _seed;

    public ModuleLoop(LoopOptions options)
    {
        (_options, _seed, _model) = (options, options.Seed, new(options));
        _optimizer = optim.AdamW(
            new TorchSharp.Modules.AdamW.ParamGroup[]
            {
                new(_model.parameters().Where(p => p.ndim > 1), lr: GetRate(options, 0), weight_decay: options.WeightDecay),
                new(_model.parameters().Where(p => p.ndim <= 1), lr: GetRate(options, 0), weight_decay: 0),
            },
            lr: GetRate(options, 0), weight_decay: options.WeightDecay);
    }

    public static LoopFacts Facts { get; } = new(LoopModule.Vocabulary, LoopModule.Time) { Rate = GetRate };

    public IReadOnlyDictionary<string, Tensor> Parameters =>
        _model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    /// <summary>Linear warm-up, then linear to zero.</summary>
    public static double GetRate(LoopOptions options, long step) => options.PeakRate * Math.Min(
        (step + 1.0) / (options.Warmup + 1), 1 - Math.Max(0.0, step - options.Warmup) / (options.Steps - options.Warmup));

    public StepResult Step(IReadOnlyList<TokenRows> microBatches)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(unchecked(_seed * 1000 + _step));
        var counted = microBatches.Sum(rows => rows.Targets.ne(-100).sum().item<long>());
        var total = 0.0;
        _optimizer.zero_grad();
        foreach (var rows in microBatches)
        {
            var logits = _model.forward(rows.Ids).flatten(0, 1);
            var loss = nn.functional.cross_entropy(
                logits, rows.Targets.flatten(), ignore_index: -100, reduction: nn.Reduction.Sum) / counted;
            loss.backward();
            total += loss.item<float>();
        }
        var norm = nn.utils.clip_grad_norm_(_model.parameters(), _options.MaxNorm ?? 1e9);
        if (!double.IsFinite(total) || !double.IsFinite(norm)) return new(total, norm, Skipped: true);
        var rate = GetRate(_options, _step++);
        foreach (var group in _optimizer.ParamGroups) group.LearningRate = rate;
        _optimizer.step();
        return new(total, norm, rate);
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
        _optimizer.load_state_dict(Path.Combine(folder, "optimizer.dat"));
        var numbers = File.ReadAllText(Path.Combine(folder, "step.txt")).Split(' ').Select(long.Parse).ToArray();
        (_step, _seed) = (numbers[0], numbers[1]);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
    }
}
