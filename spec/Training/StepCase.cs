using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Steps of an optimizer over weights with random gradients.</summary>
/// <param name="Steps">Number of steps.</param>
/// <param name="Rate">Learning rate.</param>
/// <param name="Settings">Hyperparameters; none has its default value.</param>
/// <param name="Kernels">The kernels that may be used; None for plain operators.</param>
public sealed record StepCase(int Steps, double Rate, AdamWSettings Settings, FusedKernels Kernels = FusedKernels.All)
{
    /// <summary>
    /// The constants of the run's optimizer at its peak learning rate, or at one with which the decay removes the whole weight.
    /// </summary>
    internal static IReadOnlyList<StepCase> FromPlan(Conditions at)
    {
        var plan = at.Plan.Optimizer;
        var rate = Math.Min(plan.LearningRate, 1 / plan.WeightDecay);
        return [new(3, rate, new(plan.Beta1, plan.Beta2, plan.Epsilon, plan.WeightDecay))];
    }

    /// <summary>
    /// The same, if such an update changes every weight: a learning rate of less than the rounding of a weight near one does
    /// not, and neither does one divided by a large ε.
    /// </summary>
    internal static IReadOnlyList<StepCase> MovingFromPlan(Conditions at) =>
        [.. FromPlan(at).Where(c => c.LeastChange >= 2 * Tolerance.Float32UnitRoundoff)];

    /// <summary>
    /// A tenth of the first update by a gradient of 0.01, which some gradient of every weight exceeds: g ÷ (|g| + ε) times the
    /// learning rate.
    /// </summary>
    internal double LeastChange => Rate / 10 * 0.01 / (0.01 + Settings.Epsilon);

    /// <summary>The same steps with the fused operator and with plain ones.</summary>
    internal IReadOnlyList<StepCase> OnBothPaths => [this, this with { Kernels = FusedKernels.None }];

    internal static ModelCase Model { get; } =
        new(Width: 16, 2, Heads: 4, KeyValueHeads: 2, Inner: 24, Batch: 1, Time: 1, Tied: false);

    internal static ParameterTable Weights(Conditions at) => ModelCase.Weights(Model.Config, at);

    /// <summary>Sets a random gradient of every weight; its scale differs by weight and step.</summary>
    internal static void DrawGradients(ParameterTable weights, Conditions at, int step)
    {
        using var grad = no_grad();
        var number = 0;
        foreach (var name in weights.Names)
        {
            using var scope = NewDisposeScope();
            weights[name].grad = at.Normal(100 * step + number++, 0.01 * (1 + step + number % 3), weights[name].shape);
        }
    }
}

/// <summary>An optimizer as a requirement judges it.</summary>
/// <param name="step">Takes a step with a learning rate.</param>
/// <param name="owned">Another object to dispose.</param>
public sealed class OptimizerSubject(Action<double> step, IDisposable? owned = null) : IDisposable
{
    /// <summary>Updates the weights with their gradients.</summary>
    /// <param name="rate">Learning rate.</param>
    public void Step(double rate) => step(rate);

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();
}
