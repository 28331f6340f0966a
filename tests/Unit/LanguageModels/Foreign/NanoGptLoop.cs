using System.Globalization;
using NanoGpt;
using TorchSharp;
using TorchSharp.Modules;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>A loop as in nanoGPT: accumulation, clipping, AdamW with two groups, warm-up and cosine, a checkpoint.</summary>
internal sealed class NanoGptLoop : ITrainingLoop
{
    private const double LossScale = 256;

    private readonly LoopOptions _options;
    private readonly ForeignBug _bug;
    private readonly Gpt _model;
    private readonly WorkingCopy _working;
    private readonly AdamW _optimizer;
    private long _step, _draws, _seed;

    public NanoGptLoop(LoopOptions options, ForeignBug bug = ForeignBug.None)
    {
        (_options, _bug, _seed) = (options, bug, options.Seed);
        random.manual_seed(options.Seed);
        _model = new(dropout: options.Dropout);
        _working = new(_model, () => new Gpt(dropout: options.Dropout), options.NumberType);
        _optimizer = CreateOptimizer();
        if (bug == ForeignBug.WeightsInBFloat16) RoundWeights();
    }

    public static LoopFacts Facts { get; } = new(Gpt.Vocabulary, 24)
    {
        Rate = (options, step) => GetRate(options, step),
        AdamW = new(),
        Evaluate = loop => ((NanoGptLoop)loop).Evaluate(),
    };

    public IReadOnlyDictionary<string, Tensor> Parameters =>
        _model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    /// <summary>Linear warm-up, then a cosine to a tenth.</summary>
    public static double GetRate(LoopOptions options, long step, ForeignBug bug = ForeignBug.None)
    {
        if (step < options.Warmup)
            return options.PeakRate * (bug == ForeignBug.WarmupBeginsAtZero
                ? step / (double)options.Warmup
                : (step + 1.0) / (options.Warmup + 1));
        var ratio = bug == ForeignBug.CosineOverAllSteps
            ? (double)step / options.Steps
            : (double)(step - options.Warmup) / (options.Steps - options.Warmup);
        return options.PeakRate * (0.1 + 0.45 * (1 + Math.Cos(Math.PI * Math.Min(1, ratio))));
    }

    public StepResult Step(IReadOnlyList<TokenRows> microBatches)
    {
        using var scope = NewDisposeScope();
        if (_bug != ForeignBug.GeneratorNotSaved) random.manual_seed(unchecked(_seed * 1_000_003 + _draws++));
        if (_bug != ForeignBug.GradientsNotCleared) _optimizer.zero_grad();
        if (_bug == ForeignBug.ClippedBeforeBackward) Clip();
        var total = Accumulate(microBatches);
        var norm = _bug is ForeignBug.ClippedAfterStep or ForeignBug.ClippedBeforeBackward ? GetNorm() : Clip();
        if (_bug == ForeignBug.ClippedWhileScaled) Scale(1 / LossScale);
        if (_bug != ForeignBug.NotFiniteStepped && !(double.IsFinite(total) && double.IsFinite(norm)))
            return new(total, norm, Skipped: true);
        var rate = GetRate(_options, _step++, _bug);
        Update(rate);
        if (_bug == ForeignBug.ClippedAfterStep) Clip();
        if (_bug == ForeignBug.WeightsInBFloat16) RoundWeights();
        return new(total, norm, rate);
    }

    public void Save(string folder)
    {
        _model.save(Path.Combine(folder, "ckpt.dat"));
        _optimizer.save_state_dict(Path.Combine(folder, "optimizer.dat"));
        File.WriteAllText(
            Path.Combine(folder, "iter.txt"), string.Create(CultureInfo.InvariantCulture, $"{_step} {_draws} {_seed}"));
    }

    public void Load(string folder)
    {
        _model.load(Path.Combine(folder, "ckpt.dat"));
        if (_bug != ForeignBug.MomentsNotSaved) _optimizer.load_state_dict(Path.Combine(folder, "optimizer.dat"));
        var numbers = File.ReadAllText(Path.Combine(folder, "iter.txt")).Split(' ')
            .Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        (_step, _draws, _seed) = (_bug == ForeignBug.StepNotSaved ? 0 : numbers[0], numbers[1], numbers[2]);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _working.Dispose();
        _model.Dispose();
    }

    private AdamW CreateOptimizer()
    {
        var decay = _bug == ForeignBug.DecayInGradient ? 0 : _options.WeightDecay;
        var epsilon = _bug switch { ForeignBug.EpsilonIsZero => 0, ForeignBug.EpsilonIsLarge => 1e-3, _ => 1e-8 };
        AdamW.ParamGroup[] groups =
        [
            Group(_model.parameters().Where(p => p.ndim > 1), decay),
            Group(_model.parameters().Where(p => p.ndim == 1), _bug == ForeignBug.DecayOnEverything ? decay : 0),
        ];
        return optim.AdamW(groups, lr: _options.PeakRate, eps: epsilon);

        AdamW.ParamGroup Group(IEnumerable<Parameter> parameters, double weightDecay) =>
            new(parameters, lr: _options.PeakRate, eps: epsilon, weight_decay: weightDecay);
    }

    private double Accumulate(IReadOnlyList<TokenRows> microBatches)
    {
        _working.Refresh();
        var (total, counted) = (0.0, microBatches.Sum(rows => Count(rows)));
        foreach (var rows in microBatches)
        {
            if (_bug == ForeignBug.GradientsClearedPerMicroBatch) _optimizer.zero_grad();
            var own = (double)Count(rows);
            var loss = SumLosses(rows) / _bug switch
            {
                ForeignBug.MeanOfMeans => own * microBatches.Count,
                ForeignBug.SumOfMeans => own,
                ForeignBug.DividedByConfiguredSteps => own * 2,
                ForeignBug.IgnoredTargetsCounted => microBatches.Sum(all => all.Targets.numel()),
                _ => counted,
            };
            (_bug == ForeignBug.ClippedWhileScaled ? loss * LossScale : loss).backward();
            _working.CollectGradients();
            total = (_bug == ForeignBug.LossOfLastMicroBatch ? 0 : total) + loss.item<float>();
            if (_bug == ForeignBug.ClippedPerMicroBatch) Clip();
        }
        return total;
    }

    private long Count(TokenRows rows) => _bug switch
    {
        ForeignBug.IgnoredTargetsLearned => rows.Targets.numel(),
        ForeignBug.ClassZeroIgnored => rows.Targets.gt(0).sum().item<long>(),
        _ => rows.Targets.ne(-100).sum().item<long>(),
    };

    private Tensor SumLosses(TokenRows rows)
    {
        var (logits, targets) = (_working.Model.forward(rows.Ids).to(float32), rows.Targets);
        if (_bug == ForeignBug.TargetsNotShifted) targets = where(targets.eq(-100), targets, rows.Ids);
        if (_bug == ForeignBug.TargetsShiftedTwice)
            (logits, targets) = (logits.narrow(1, 0, logits.size(1) - 1), targets.narrow(1, 1, targets.size(1) - 1));
        var ignored = _bug == ForeignBug.ClassZeroIgnored ? 0 : -100;
        if (_bug is ForeignBug.ClassZeroIgnored or ForeignBug.IgnoredTargetsLearned) targets = targets.clamp_min(0);
        return F.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index: ignored, reduction: nn.Reduction.Sum);
    }

    private void Update(double rate)
    {
        foreach (var group in _optimizer.ParamGroups) group.LearningRate = rate;
        using (no_grad())
        {
            foreach (var weight in _model.parameters().Where(p => p.ndim > 1))
            {
                if (_bug == ForeignBug.DecayInGradient) weight.grad!.add_(weight * _options.WeightDecay);
                if (_bug == ForeignBug.DecayTwice) weight.mul_(1 - rate * _options.WeightDecay);
            }
        }
        _optimizer.step();
    }

    private void Evaluate()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        _working.Refresh();
        _working.Model.eval();
        if (_bug == ForeignBug.EvaluationMovesGenerator) _draws++;
        _working.Model.forward(arange(24, int64).unsqueeze(0));
        if (_bug != ForeignBug.StaysInEvaluationMode) _working.Model.train();
    }

    private double Clip() => nn.utils.clip_grad_norm_(
        _model.parameters().Where(p => p.grad is not null), _options.MaxNorm ?? double.PositiveInfinity);

    private double GetNorm() => Math.Sqrt(_model.parameters().Sum(p => Math.Pow(p.grad!.norm().item<float>(), 2)));

    private void Scale(double factor)
    {
        using var grad = no_grad();
        foreach (var weight in _model.parameters()) weight.grad!.mul_(factor);
    }

    private void RoundWeights()
    {
        using var grad = no_grad();
        foreach (var weight in _model.parameters()) weight.copy_(weight.to(bfloat16));
    }
}
