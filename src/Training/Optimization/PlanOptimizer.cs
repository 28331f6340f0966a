using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;

namespace TurkishLlm.Training.Optimization;

/// <summary>Creates the optimizer of a plan.</summary>
public static class PlanOptimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="parameters">The weights to update, on their final device. Not owned.</param>
    /// <param name="plan">Section <c>optimizer</c> of the plan.</param>
    public static IOptimizer Create(ParameterTable parameters, OptimizerPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var settings = new AdamWSettings(plan.Beta1, plan.Beta2, plan.Epsilon, plan.WeightDecay);
        return plan.Kind == OptimizerKind.AdamW
            ? new AdamW(parameters, settings, multipliers: plan.LearningRateMultipliers)
            : new Muon(
                parameters,
                new MuonSettings(
                    plan.MatrixLearningRate / plan.LearningRate, plan.Muon.Momentum, plan.Muon.WeightDecay ?? plan.WeightDecay),
                settings, multipliers: plan.LearningRateMultipliers);
    }
}
