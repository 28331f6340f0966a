using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>
/// Two loops that differ in weight decay only. They get the same weights before every step, so their gradients and moments are
/// equal, and the difference of their updates is the decay alone: ηλw where it is decoupled. Where two runs of the same step may
/// differ, a third loop repeats the first.
/// </summary>
internal sealed class DecayComparison : IDisposable
{
    /// <summary>λ of the loop that decays.</summary>
    public const double Decay = 0.5;

    private readonly LoopSubject _subject;
    private readonly LoopOptions _options;
    private ITrainingLoop _plain, _decaying;
    private ITrainingLoop? _again;

    public DecayComparison(LoopSubject subject, LoopOptions options, Conditions at)
    {
        (_subject, _options) = (subject, options);
        (_plain, _decaying) = (Create(decay: 0), Create(Decay));
        _again = LoopRun.IsExact(at) ? null : Create(decay: 0);
    }

    /// <summary>True if the learning rate can be estimated, which takes a parameter that decays.</summary>
    public bool HasRate => _plain.Parameters.Keys.Any(name => GetRateFactor(name) != 0);

    /// <summary>Returns why nothing can be measured, or null.</summary>
    public string? GetReasonToSkip() =>
        !_subject.Facts.IsDecoupled ? "the weight decay of the loop is not decoupled from the gradient"
        : LoopComparison.FindShortParameter(_plain) is { } name
            ? $"{name} has too few digits to see a decay; report master weights as parameters"
        : null;

    /// <summary>Makes one step with both loops and returns what the decay did.</summary>
    public DecayStep Step(LoopStep step)
    {
        LoopRun.CopyWeights(_plain, _decaying);
        if (_again is not null) LoopRun.CopyWeights(_plain, _again);
        var before = LoopRun.Copy(_plain);
        var result = _plain.Step(step.ToTensors(_options.Device));
        _decaying.Step(step.ToTensors(_options.Device));
        _again?.Step(step.ToTensors(_options.Device));
        var plain = LoopRun.Copy(_plain);
        return new(before, LoopComparison.Subtract(plain, LoopRun.Copy(_decaying)), result.LearningRate)
        {
            Spread = _again is null ? null : LoopComparison.Subtract(plain, LoopRun.Copy(_again)),
        };
    }

    /// <summary>Saves the loops and loads them into new ones.</summary>
    public void Resume()
    {
        _plain = Resume(_plain, decay: 0);
        _decaying = Resume(_decaying, Decay);
        if (_again is not null) _again = Resume(_again, decay: 0);
    }

    /// <summary>Stated multiplier of the learning rate with which a parameter decays; 0 if it does not decay.</summary>
    public double GetRateFactor(string name) =>
        !_subject.Facts.IsFrozen(name) && _subject.Facts.IsDecayed(name, _plain.Parameters[name].shape)
            ? _subject.Facts.RateFactor(name)
            : 0;

    public void Dispose()
    {
        _plain.Dispose();
        _decaying.Dispose();
        _again?.Dispose();
    }

    private ITrainingLoop Resume(ITrainingLoop from, double decay)
    {
        using var folder = new TemporaryFolder();
        var to = Create(decay);
        from.Save(folder.Path);
        to.Load(folder.Path);
        from.Dispose();
        return to;
    }

    private ITrainingLoop Create(double decay) => _subject.Create(_options with { WeightDecay = decay });
}

/// <summary>What the weight decay of one step did.</summary>
/// <param name="Before">The weights before.</param>
/// <param name="Decayed">How much further each weight moved toward 0 with decay.</param>
/// <param name="Reported">Learning rate that the loop reported.</param>
internal sealed record DecayStep(
    IReadOnlyDictionary<string, double[]> Before, IReadOnlyDictionary<string, double[]> Decayed, double? Reported)
{
    /// <summary>Differences between two runs of the same step; null on the CPU.</summary>
    public IReadOnlyDictionary<string, double[]>? Spread { get; init; }

    /// <summary>Estimates η from the parameters with a factor f of the learning rate that is not 0: Σ(decay·w) ÷ λΣfw².</summary>
    public double EstimateRate(Func<string, double> getFactor) => SumProducts(getFactor, (name, i) => Decayed[name][i]);

    /// <summary>The difference that two runs of the same step allow <see cref="EstimateRate"/>.</summary>
    public double AllowForRate(Func<string, double> getFactor) => Spread is { } spread
        ? Tolerance.LoopRepeat(SumProducts(
            getFactor, (name, i) => Math.Abs(spread[name][i]) * Math.Sign(Before[name][i])))
        : 0;

    /// <summary>The difference that two runs of the same step allow the weights of a parameter.</summary>
    public double AllowForWeights(string name) => Spread is { } spread ? Tolerance.LoopRepeat(spread[name].Max(Math.Abs)) : 0;

    private double SumProducts(Func<string, double> getFactor, Func<string, int, double> getValue)
    {
        var (product, square) = (0.0, 0.0);
        foreach (var name in Before.Keys)
            if (getFactor(name) is var factor and not 0)
                for (var i = 0; i < Before[name].Length; i++)
                {
                    product += getValue(name, i) * Before[name][i];
                    square += factor * Before[name][i] * Before[name][i];
                }
        return product / (DecayComparison.Decay * square);
    }
}
