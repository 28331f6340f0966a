using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Loops;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>
/// A correct training loop in plain TorchSharp: AdamW with warm-up and cosine, accumulation, clipping, refusal of steps that are
/// not finite, saving and loading. The requirements are tested with it, and their impostors replace one of its parts.
/// </summary>
public sealed class ReferenceLoop : ITrainingLoop
{
    private readonly ReferenceLoopModel _model;
    private readonly ReferenceLoopParts _parts;
    private readonly ReferenceRanks? _ranks;

    /// <summary>Creates a loop at step 0.</summary>
    /// <param name="options">Its options.</param>
    public ReferenceLoop(LoopOptions options)
        : this(options, new())
    {
    }

    internal ReferenceLoop(LoopOptions options, ReferenceLoopParts parts, ReferenceRanks? ranks = null)
    {
        (Options, _parts, _ranks) = (parts.Options(options), parts, ranks);
        _model = new(Options);
        State = new(Options.Seed);
        foreach (var (name, parameter) in _model.Parameters)
            if (parameter.requires_grad)
            {
                State.Means[name] = zeros_like(parameter).detach().DetachFromDisposeScope();
                State.Squares[name] = zeros_like(parameter).detach().DetachFromDisposeScope();
            }
    }

    /// <summary>The constants of its optimizer.</summary>
    public static LoopAdamW Constants { get; } = new(Beta2: 0.95);

    /// <summary>What is stated about this loop.</summary>
    public static LoopFacts Facts { get; } = new(ReferenceLoopModel.Vocabulary, ReferenceLoopModel.Time)
    {
        IsFrozen = name => name == ReferenceLoopModel.Positions,
        Rate = GetRate,
        AdamW = Constants,
        Evaluate = loop => ((ReferenceLoop)loop).Evaluate(),
        Ranks = (options, count) => ReferenceRanks.Create(options, count, new()),
        Order = ReferenceOrder.Correct,
    };

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Parameters => _model.Parameters;

    internal LoopOptions Options { get; }

    internal ReferenceLoopState State { get; }

    /// <summary>True if an evaluation left dropout off.</summary>
    internal bool DropoutIsOff { get; set; }

    /// <summary>Computes the learning rate: linear warm-up, then a cosine to a tenth.</summary>
    /// <param name="options">Peak, warm-up and length.</param>
    /// <param name="step">The step, counted from 0.</param>
    public static double GetRate(LoopOptions options, long step)
    {
        if (step < options.Warmup) return options.PeakRate * (step + 1) / options.Warmup;
        var progress = Math.Min(1, (double)(step - options.Warmup) / Math.Max(1, options.Steps - options.Warmup));
        return options.PeakRate * (0.55 + 0.45 * Math.Cos(Math.PI * progress));
    }

    /// <inheritdoc/>
    public StepResult Step(IReadOnlyList<TokenRows> microBatches)
    {
        using var scope = NewDisposeScope();
        _parts.Begin(this);
        var loss = ComputeGradients(_parts.MicroBatches(microBatches));
        State.Draws++;
        var norm = GetNorm();
        if (_parts.Refuses(this, loss, norm)) return new(loss, norm, Skipped: _parts.ReportsRefusal);
        var reported = _parts.Clip(this, norm);
        var gradients = State.Means.Keys.ToDictionary(name => name, name => Parameters[name].grad!.Doubles());
        var rate = _parts.Rate(this);
        State.Step++;
        State.Updates++;
        foreach (var name in Parameters.Keys) _parts.Update(this, name, rate);
        _parts.End(this);
        return new(_parts.ReportLoss(this, microBatches, loss), reported, _parts.ReportRate(Options, rate))
        {
            Gradients = gradients,
        };
    }

    /// <summary>Evaluates on rows of its own.</summary>
    public void Evaluate() => _parts.Evaluate(this);

    /// <inheritdoc/>
    public void Save(string folder)
    {
        using var writer = new BinaryWriter(File.Create(Path.Combine(folder, "state.bin")));
        foreach (var parameter in Parameters.Values) ReferenceLoopState.WriteTensor(writer, parameter);
        State.Write(writer);
    }

    /// <inheritdoc/>
    public void Load(string folder)
    {
        using var reader = new BinaryReader(File.OpenRead(Path.Combine(folder, "state.bin")));
        foreach (var parameter in Parameters.Values) ReferenceLoopState.ReadTensor(reader, parameter);
        var seed = State.Seed;
        State.Read(reader);
        _parts.AfterLoad(this, seed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        State.Dispose();
        _model.Dispose();
    }

    internal void ClearGradients()
    {
        foreach (var parameter in Parameters.Values) parameter.grad = null;
    }

    internal void ScaleGradients(Func<Tensor, Tensor> getFactor)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        foreach (var gradient in Gradients) gradient.mul_(getFactor(gradient));
    }

    internal void ScaleGradients(Func<Tensor, double> getFactor) =>
        ScaleGradients((Tensor gradient) => tensor(getFactor(gradient), dtype: float32, device: Options.Device));

    internal IEnumerable<Tensor> Gradients => State.Means.Keys.Select(name => Parameters[name].grad!);

    internal double GetNorm()
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(Gradients.Sum(gradient => gradient.square().sum().ToDouble()));
    }

    /// <summary>Updates one parameter as AdamW does.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="rate">η.</param>
    /// <param name="decay">λ; null for that of the options where the parameter decays.</param>
    /// <param name="inGradient">Adds λw to the gradient, as Adam with L2 does.</param>
    /// <param name="decayRate">η of the decay, if it is another one.</param>
    internal void Update(string name, double rate, double? decay = null, bool inGradient = false, double? decayRate = null)
    {
        if (!State.Means.TryGetValue(name, out var mean)) return;
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var (weight, square, gradient) = (Parameters[name], State.Squares[name], Parameters[name].grad!);
        var lambda = decay ?? (weight.ndim > 1 ? Options.WeightDecay : 0);
        if (inGradient) gradient = gradient + lambda * weight;
        else weight.mul_(1 - (decayRate ?? rate) * lambda);
        var constants = _parts.AdamW;
        mean.mul_(constants.Beta1).add_(gradient * (1 - constants.Beta1));
        square.mul_(constants.Beta2).add_(gradient.square() * (1 - constants.Beta2));
        weight.sub_(rate * _parts.Direction(
            mean / _parts.Correction(constants.Beta1, State.Updates), square, _parts.Correction(constants.Beta2, State.Updates),
            constants.Epsilon));
    }

    /// <summary>Computes the loss of rows of its own, without dropout.</summary>
    internal double ComputeEvaluationLoss(bool backward = false)
    {
        using var scope = NewDisposeScope();
        using var grad = set_grad_enabled(backward);
        var ids = (arange(2 * ReferenceLoopModel.Time, device: Options.Device) * 7 + 3)
            .remainder(ReferenceLoopModel.Vocabulary).reshape(2, -1);
        var loss = _parts.SumLosses(_model.ComputeLogits(ids, generator: null).flatten(0, 1), ids.roll(-1, 1).flatten());
        if (backward) loss.backward();
        return loss.ToDouble();
    }

    /// <summary>Computes the mean loss of micro-batches, without dropout.</summary>
    internal double ComputeLoss(IReadOnlyList<TokenRows> batches)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var sum = batches.Sum(batch => _parts.SumLosses(
            _model.ComputeLogits(batch.Ids, generator: null).flatten(0, 1), batch.Targets.flatten()).ToDouble());
        return sum / batches.Sum(batch => batch.Targets.ne(LoopCase.Ignored).sum().ToDouble());
    }

    private double ComputeGradients(IReadOnlyList<TokenRows> batches)
    {
        double[] counted = [.. batches.Select(batch => batch.Targets.ne(LoopCase.Ignored).sum().ToDouble())];
        var total = _ranks?.Sum(counted.Sum()) ?? counted.Sum();
        var loss = 0.0;
        for (var i = 0; i < batches.Count; i++)
        {
            using var scope = NewDisposeScope();
            using var generator = DropoutIsOff ? null : new Generator(unchecked((ulong)_parts.DropoutSeed(this, i)));
            var logits = _model.ComputeLogits(batches[i].Ids, generator).flatten(0, 1);
            var share = new MicroBatchShare(
                i, batches.Count, counted[i], batches[i].Targets.numel(), total, batches.Sum(batch => batch.Targets.numel()));
            var sum = _parts.SumLosses(logits, batches[i].Targets.flatten());
            (sum / _parts.Divisor(share)).backward();
            loss += sum.ToDouble() / _parts.ReportDivisor(share);
            _parts.AfterMicroBatch(this, share);
            if (_ranks?.AddsAfter(i, batches.Count) == true) _ranks.SumGradients(Gradients);
        }
        return _ranks?.SumLosses(loss) ?? loss;
    }
}
