using TorchSharp;
using TorchSharp.Modules;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace OwnLoop;

/// <summary>A training loop with the optimizer of TorchSharp.</summary>
internal class BigramLoop : ITrainingLoop
{
    private readonly Bigrams _model;
    private readonly AdamW _optimizer;

    public BigramLoop(LoopOptions options)
    {
        random.manual_seed(options.Seed);
        _model = new();
        AdamW.ParamGroup[] groups =
        [
            new(_model.parameters().Where(p => p.ndim > 1), lr: options.PeakRate, weight_decay: options.WeightDecay),
            new(_model.parameters().Where(p => p.ndim == 1), lr: options.PeakRate, weight_decay: 0),
        ];
        _optimizer = optim.AdamW(groups, lr: options.PeakRate, weight_decay: 0);
    }

    public IReadOnlyDictionary<string, Tensor> Parameters =>
        _model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    public StepResult Step(IReadOnlyList<TokenRows> microBatches)
    {
        using var scope = NewDisposeScope();
        var counted = microBatches.Sum(rows => rows.Targets.ne(-100).sum().item<long>());
        var total = 0.0;
        _optimizer.zero_grad();
        foreach (var (ids, targets) in microBatches)
        {
            var logits = _model.forward(ids).flatten(0, 1);
            var loss = nn.functional.cross_entropy(logits, targets.flatten(), reduction: nn.Reduction.Sum) / counted;
            loss.backward();
            total += loss.item<float>();
        }
        if (!double.IsFinite(total)) return new(total, Skipped: true);
        _optimizer.step();
        return new(total);
    }

    public void Save(string folder)
    {
        _model.save(Path.Combine(folder, "model.dat"));
        _optimizer.save_state_dict(Path.Combine(folder, "optimizer.dat"));
    }

    public void Load(string folder)
    {
        _model.load(Path.Combine(folder, "model.dat"));
        _optimizer.load_state_dict(Path.Combine(folder, "optimizer.dat"));
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
    }
}
