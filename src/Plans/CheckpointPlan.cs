using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>
/// When the state of training is saved: section <c>checkpoints</c> of a plan. The first step is always saved, to prove
/// that saving works, and so is the last.
/// </summary>
/// <param name="Every">Steps between two checkpoints; 0 is only at the beginning and the end.</param>
/// <param name="KeepLast">Newest checkpoints to keep; older ones are deleted. What an interruption saves is kept until the next.</param>
/// <param name="KeepBest">True to save the step with the lowest validation loss too, and to keep it for as long as it is that.</param>
public sealed record CheckpointPlan(long Every = 1000, int KeepLast = 3, bool KeepBest = true)
{
    internal IEnumerable<ConfigurationProblem> FindProblems() =>
        [.. PlanRange.AtLeast(0, Every, "checkpoints.every"), .. PlanRange.AtLeast(1, KeepLast, "checkpoints.keep_last")];
}
