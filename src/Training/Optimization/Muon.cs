using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Optimization;

/// <summary>
/// The Muon optimizer for the matrices of the blocks, and AdamW for all other weights: embedding, norms and head. Every singular
/// direction of the momentum moves its matrix by about the same length.
/// </summary>
/// <remarks>
/// M ← μM + G; w ← w·(1 − lr·decay) − lr · 0.2·√max(rows, columns) · NewtonSchulz(G + μM). The scale makes the root mean square
/// of an update about 0.2 for every shape of matrix, near that of AdamW, so that both can have the learning rate and the
/// decay of the plan. Sources: Jordan et al. 2024; Liu et al. 2025, "Muon is scalable for LLM training", arXiv:2502.16982,
/// section 2.2, for scale and decay. Momentum is float32. Spec: OPT-24, OPT-25, SHD-07.
/// </remarks>
public sealed class Muon : IOptimizer
{
    /// <summary>Prefix of the momentum in a checkpoint, as in PyTorch's optimizers.</summary>
    public const string MomentumPrefix = "momentum_buffer.";

    private readonly ParameterTable _parameters;
    private readonly MuonSettings _settings;
    private readonly LearningRateMultipliers _multipliers;
    private readonly FusedKernels _fused;
    private readonly AdamW _others;

    /// <param name="parameters">The weights to update, on their final device. Not owned.</param>
    /// <param name="settings">Hyperparameters of the matrices.</param>
    /// <param name="others">Hyperparameters of the other weights.</param>
    /// <param name="fused">The kernels that may be used.</param>
    /// <param name="multipliers">Learning rate multiplier of each weight; null for 1.</param>
    public Muon(
        ParameterTable parameters, MuonSettings settings, AdamWSettings others, FusedKernels fused = FusedKernels.All,
        LearningRateMultipliers? multipliers = null)
    {
        (_parameters, _settings, _fused, _multipliers) = (parameters, settings, fused, multipliers ?? new());
        var matrices = parameters.Shapes.Where(MuonPlan.IsUpdated).ToArray();
        _others = new AdamW(
            parameters, others, fused, _multipliers, [.. parameters.Names.Except(matrices.Select(weight => weight.Name))]);
        using var grad = no_grad();
        Momentum = ParameterTable.Create(parameters.Config, matrices, (name, _) => zeros_like(parameters[name]));
    }

    /// <summary>Running sums of the gradients of the matrices.</summary>
    public ParameterTable Momentum { get; }

    /// <inheritdoc/>
    public long Steps
    {
        get => _others.Steps;
        set => _others.Steps = value;
    }

    /// <inheritdoc/>
    public IReadOnlyList<OptimizerState> State =>
        [.. _others.State, new(MomentumPrefix, "momentum of ", Momentum)];

    /// <inheritdoc/>
    public void Step(double baseLearningRate)
    {
        using var grad = no_grad();
        _others.Step(baseLearningRate);     // checks the gradients of all weights
        foreach (var name in Momentum.Names)
        {
            using var scope = NewDisposeScope();
            var (weight, momentum) = (_parameters[name], Momentum[name]);
            if (weight.grad is not { } gradient) continue;
            var learningRate = baseLearningRate * _settings.RateFactor * _multipliers.GetMultiplier(name);
            momentum.mul_(_settings.Momentum).add_(gradient);
            var update = NewtonSchulz.Orthogonalize(gradient.add(momentum, _settings.Momentum), _fused);
            weight.mul_(1 - learningRate * _settings.WeightDecay);
            weight.add_(update, -learningRate * GetScale(weight));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _others.Dispose();
        Momentum.Dispose();
    }

    private static double GetScale(Tensor matrix) => 0.2 * Math.Sqrt(Math.Max(matrix.size(0), matrix.size(1)));
}

/// <summary>Hyperparameters of the matrices that <see cref="Muon"/> updates.</summary>
/// <param name="RateFactor">Learning rate of the matrices ÷ that of the step.</param>
/// <param name="Momentum">μ, decay of the running sum of gradients.</param>
/// <param name="WeightDecay">Decoupled weight decay, multiplied by the learning rate.</param>
public sealed record MuonSettings(double RateFactor, double Momentum, double WeightDecay);
