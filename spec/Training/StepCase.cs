using TorchSharp.Modules;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Optimization;

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
        [.. FromPlan(at).Where(c => c.Case.GetLeastChange() >= 2 * Tolerance.Float32UnitRoundoff)];

    /// <summary>The case of the requirement.</summary>
    internal OptimizerCase Case =>
        new(Steps, Rate, new(Settings.Beta1, Settings.Beta2, Settings.Epsilon, Settings.WeightDecay));

    /// <summary>The same steps with the fused operator and with plain ones.</summary>
    internal IReadOnlyList<StepCase> OnBothPaths => [this, this with { Kernels = FusedKernels.None }];

    internal static ModelCase Model { get; } =
        new(Width: 16, 2, Heads: 4, KeyValueHeads: 2, Inner: 24, Batch: 1, Time: 1, Tied: false);

    internal static ParameterTable Weights(Conditions at) => ModelCase.Weights(Model.Config, at);

    /// <summary>Sets a random gradient of every weight; its scale differs by weight and step.</summary>
    internal static void DrawGradients(ParameterTable weights, Conditions at, int step) =>
        OptimizerWeights.DrawGradients(weights.Names.ToDictionary(name => name, name => weights[name]), at, step);

    /// <summary>Creates a table of the memory and the gradients of weights, in the order of their names.</summary>
    internal static ParameterTable ShareWeights(IReadOnlyList<Parameter> weights)
    {
        var number = 0;
        var table = ParameterTable.Create(Model.Config, (_, _) => weights[number++].detach());
        foreach (var (name, weight) in table.Names.Zip(weights)) table[name].grad = weight.grad;
        return table;
    }
}
