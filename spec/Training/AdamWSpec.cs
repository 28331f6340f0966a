using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Spec.Training;

/// <summary>The optimizer: OPT-01, OPT-09 … OPT-14, NUM-04.</summary>
public static class AdamWSpec
{
    private static readonly StepCase Usual = new(5, 0.02, new(0.8, 0.93, 1e-5, 0.3));

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_01_DecayGroups =
        AdamWRequirements.DecayGroups.ForCases(
            [.. new StepCase(1, 0.25, new(0.8, 0.93, 1e-5, 0.4)).OnBothPaths, new(1, 2, new(0.9, 0.99, 1e-8, 0.05))],
            c => c.Case, Real);

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_09_MovesTheTable =
        AdamWRequirements.MovesTheTable.ForCases(
            [.. Usual.OnBothPaths, new(1, 1e-3, new(0.85, 0.9, 1e-6, 0.05))],
            c => c.Case, Real, StepCase.MovingFromPlan);

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_10_NoGradientNoMove =
        AdamWRequirements.NoGradientNoMove.ForCases(
            [.. Usual.OnBothPaths, new(3, 0.05, new(0.9, 0.99, 1e-6, 0.1))],
            c => c.Case, Real, StepCase.MovingFromPlan);

    public static readonly Requirement<StepCase, CreateOptimizer> OPT_13_Oracle =
        AdamWRequirements.Oracle.ForCases(
            [.. Usual.OnBothPaths, .. new StepCase(3, 1e-3, new(0.85, 0.9, 1e-3, 0.05)).OnBothPaths],
            c => c.Case, Real, StepCase.FromPlan);

    public static readonly Requirement<StepCase, CreateOptimizer> NUM_04_SmallSteps =
        AdamWRequirements.SmallSteps.ForCases(
            [.. new StepCase(100, 1e-3, new(0.8, 0.93, 1e-5, 0)).OnBothPaths, new(60, 7e-4, new(0.9, 0.97, 1e-6, 0))],
            c => c.Case, Real);

    public static IReadOnlyList<Requirement> All =>
        [OPT_01_DecayGroups, OPT_09_MovesTheTable, OPT_10_NoGradientNoMove, OPT_13_Oracle, NUM_04_SmallSteps];

    // Over a table that shares the memory of the weights; the gradients are those of the step.
    private static CreateOptimizer Real(StepCase c, Conditions at) => (weights, constants) =>
    {
        var table = StepCase.ShareWeights([.. weights.Values]);
        var optimizer = new AdamW(
            table, new(constants.Beta1, constants.Beta2, constants.Epsilon, constants.WeightDecay), c.Kernels);
        return new(rate =>
        {
            foreach (var name in table.Names) table[name].grad = weights[name].grad;
            optimizer.Step(rate);
        }, new Owned(optimizer, table));
    };

    private sealed record Owned(AdamW Optimizer, ParameterTable Weights) : IDisposable
    {
        public void Dispose()
        {
            Optimizer.Dispose();
            Weights.Dispose();
        }
    }
}
