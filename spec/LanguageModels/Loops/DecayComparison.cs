using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Loops;

/// <summary>
/// Two loops that differ in weight decay only. They get the same weights before every step, so their gradients and moments are
/// equal, and the difference of their updates is the decay alone: ηλw where it is decoupled.
/// </summary>
internal sealed class DecayComparison : IDisposable
{
    /// <summary>λ of the loop that decays.</summary>
    public const double Decay = 0.5;

    private readonly LoopSubject _subject;
    private readonly LoopOptions _options;
    private ITrainingLoop _plain, _decaying;

    public DecayComparison(LoopSubject subject, LoopOptions options)
    {
        (_subject, _options) = (subject, options);
        (_plain, _decaying) = Create();
    }

    /// <summary>Returns why nothing can be measured, or null.</summary>
    public string? GetReasonToSkip() =>
        !_subject.Facts.IsDecoupled ? "the weight decay of the loop is not decoupled from the gradient"
        : _plain.Parameters.FirstOrDefault(p => p.Value.dtype is ScalarType.BFloat16 or ScalarType.Float16) is { Key: { } name }
            ? $"{name} has too few digits to see a decay; report master weights as parameters"
        : null;

    /// <summary>Makes one step with both loops and returns what the decay did.</summary>
    public DecayStep Step(LoopStep step)
    {
        LoopRun.CopyWeights(_plain, _decaying);
        var before = LoopRun.Copy(_plain);
        var result = _plain.Step(step.ToTensors(_options.Device));
        _decaying.Step(step.ToTensors(_options.Device));
        return new(before, LoopComparison.Subtract(LoopRun.Copy(_plain), LoopRun.Copy(_decaying)), result.LearningRate);
    }

    /// <summary>Saves both loops and loads them into new ones.</summary>
    public void Resume()
    {
        var (plain, decaying) = Create();
        foreach (var (from, to) in new[] { (_plain, plain), (_decaying, decaying) })
        {
            using var folder = new TemporaryFolder();
            from.Save(folder.Path);
            to.Load(folder.Path);
            from.Dispose();
        }
        (_plain, _decaying) = (plain, decaying);
    }

    /// <summary>True if a parameter decays by what is stated.</summary>
    public bool IsDecayed(string name) =>
        !_subject.Facts.IsFrozen(name) && _subject.Facts.IsDecayed(name, _plain.Parameters[name].shape);

    public void Dispose()
    {
        _plain.Dispose();
        _decaying.Dispose();
    }

    private (ITrainingLoop Plain, ITrainingLoop Decaying) Create() =>
        (_subject.Create(_options with { WeightDecay = 0 }), _subject.Create(_options with { WeightDecay = Decay }));
}

/// <summary>What the weight decay of one step did.</summary>
/// <param name="Before">The weights before.</param>
/// <param name="Decayed">How much further each weight moved toward 0 with decay.</param>
/// <param name="Reported">Learning rate that the loop reported.</param>
internal sealed record DecayStep(
    IReadOnlyDictionary<string, double[]> Before, IReadOnlyDictionary<string, double[]> Decayed, double? Reported)
{
    /// <summary>Estimates η from some parameters: Σ(decay·w) ÷ λΣw².</summary>
    public double EstimateRate(Func<string, bool> isDecayed)
    {
        var (product, square) = (0.0, 0.0);
        foreach (var name in Before.Keys.Where(isDecayed))
            for (var i = 0; i < Before[name].Length; i++)
            {
                product += Decayed[name][i] * Before[name][i];
                square += Before[name][i] * Before[name][i];
            }
        return product / (DecayComparison.Decay * square);
    }
}
