using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>When the state of training is saved: section <c>checkpoints</c> of a plan. The last step is always saved.</summary>
/// <param name="Every">Steps between two checkpoints; 0 is only at the end.</param>
/// <param name="KeepLast">Newest checkpoints to keep; older ones are deleted.</param>
public sealed record CheckpointPlan(long Every = 1000, int KeepLast = 3)
{
    internal IEnumerable<ConfigurationProblem> Problems() =>
        [.. Rule.AtLeast(0, Every, "checkpoints.every"), .. Rule.AtLeast(1, KeepLast, "checkpoints.keep_last")];
}
