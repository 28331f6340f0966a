using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// The AdamW optimizer: steps along a running mean of the gradients, scaled by a running mean of their squares.
/// </summary>
/// <remarks>
/// w ← w·(1 − lr·decay) − lr · m̂ / (√v̂ + ε), decay on matrices only: the weights of norms have one axis and should stay near 1.
/// Source: Loshchilov &amp; Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2; reference report, section 10.
/// Spec: OPT. Moments are float32.
/// </remarks>
public sealed class AdamW : IOptimizer
{
    /// <summary>Prefix of the first moment in a checkpoint, as in PyTorch's Adam.</summary>
    public const string FirstMomentPrefix = "exp_avg.";

    /// <summary>Prefix of the second moment in a checkpoint.</summary>
    public const string SecondMomentPrefix = "exp_avg_sq.";

    private readonly ParameterTable _parameters;
    private readonly AdamWSettings _settings;
    private readonly LearningRateMultipliers _multipliers;
    private readonly FusedKernels _fused;

    /// <param name="parameters">The weights to update, on their final device. Not owned.</param>
    /// <param name="settings">Hyperparameters.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="multipliers">Learning rate multiplier of each weight; null for 1.</param>
    /// <param name="names">Names of the weights to update; null for all.</param>
    public AdamW(
        ParameterTable parameters, AdamWSettings settings,
        FusedKernels fused = FusedKernels.All,
        LearningRateMultipliers? multipliers = null, IReadOnlyCollection<string>? names = null)
    {
        (_parameters, _settings, _fused, _multipliers) = (parameters, settings, fused, multipliers ?? new());
        using var grad = no_grad();
        var shapes = parameters.Shapes.Where(weight => names is null || names.Contains(weight.Name)).ToArray();
        FirstMoment = ParameterTable.Create(parameters.Config, shapes, (name, _) => zeros_like(parameters[name]));
        SecondMoment = ParameterTable.Create(parameters.Config, shapes, (name, _) => zeros_like(parameters[name]));
    }

    /// <summary>First moment: running means of the gradients.</summary>
    public ParameterTable FirstMoment { get; }

    /// <summary>Second moment: running means of the squared gradients.</summary>
    public ParameterTable SecondMoment { get; }

    /// <inheritdoc/>
    public long Steps { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<OptimizerState> State =>
    [
        new(FirstMomentPrefix, "first moment of ", FirstMoment), new(SecondMomentPrefix, "second moment of ", SecondMoment),
    ];

    /// <summary>Returns true for weights with weight decay: matrices, including the embedding.</summary>
    public static bool HasWeightDecay(Tensor weight) => weight.ndim >= 2;

    /// <inheritdoc/>
    public void Step(double baseLearningRate)
    {
        using var grad = no_grad();
        CheckGradients();
        Steps++;
        var meanCorrection = 1 - Math.Pow(_settings.Beta1, Steps);
        var squareCorrection = 1 - Math.Pow(_settings.Beta2, Steps);
        foreach (var name in FirstMoment.Names)
        {
            using var scope = NewDisposeScope();
            var (weight, learningRate) = (_parameters[name], baseLearningRate * _multipliers.GetMultiplier(name));
            if (weight.grad is not { } gradient) continue;
            var (mean, square) = (FirstMoment[name], SecondMoment[name]);
            if (FusedOperators.CanUse(_fused, FusedKernels.Optimizer, weight))
            {
                FusedOperators.AdamW(
                    weight, gradient, mean, square, learningRate, _settings.Beta1, _settings.Beta2, _settings.Epsilon,
                    HasWeightDecay(weight) ? _settings.WeightDecay : 0, Steps);
                continue;
            }

            if (HasWeightDecay(weight)) weight.mul_(1 - learningRate * _settings.WeightDecay);
            mean.mul_(_settings.Beta1).add_(gradient, 1 - _settings.Beta1);
            square.mul_(_settings.Beta2).addcmul_(gradient, gradient, 1 - _settings.Beta2);
            var denominator = square.sqrt().div_(Math.Sqrt(squareCorrection)).add_(_settings.Epsilon);
            weight.addcdiv_(mean, denominator, -learningRate / meanCorrection);
        }
    }

    // TorchSharp accepts any tensor as the gradient of a weight.
    private void CheckGradients()
    {
        using var scope = NewDisposeScope();
        foreach (var (name, weight) in _parameters.Names.Select(name => (name, _parameters[name])))
        {
            if (weight.grad is not { } own) continue;
            if (own.dtype == weight.dtype && own.shape.AsSpan().SequenceEqual(weight.shape)) continue;
            throw new ShapeException(
                $"{nameof(AdamW)} takes a gradient like its weight, but {name} is {TensorDescription.Describe(weight)} "
                + $"and its gradient {TensorDescription.Describe(own)}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }
}

/// <summary>Hyperparameters of <see cref="AdamW"/>; none has a default, because defaults differ between libraries.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the square root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay of matrices, multiplied by the learning rate.</param>
public sealed record AdamWSettings(double Beta1, double Beta2, double Epsilon, double WeightDecay);
