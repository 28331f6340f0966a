using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>Measuring the loss on held-out text: section <c>evaluation</c> of a plan.</summary>
/// <param name="Every">Steps between two measurements; 0 is never.</param>
/// <param name="Windows">Sequences of the validation shard per measurement, the same ones each time.</param>
/// <param name="Patience">Measurements without a new best after which training ends; 0 is never.</param>
public sealed record EvaluationPlan(long Every = 1000, int Windows = 64, int Patience = 0)
{
    internal IEnumerable<ConfigurationProblem> FindProblems() =>
        [.. PlanRange.AtLeast(0, Every, "evaluation.every"), .. PlanRange.AtLeast(1, Windows, "evaluation.windows"), .. PlanRange.AtLeast(0, Patience, "evaluation.patience")];
}
