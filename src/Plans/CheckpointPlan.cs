namespace TurkishLlm.Plans;

/// <summary>
/// Schedule of checkpoints: section <c>checkpoints</c> of a plan. The first step is always saved, to prove that saving
/// works, and so is the last one.
/// </summary>
/// <param name="Every">Steps between two checkpoints; 0 saves only the first and the last step.</param>
/// <param name="KeepLast">Number of newest checkpoints to keep; older ones are deleted. The checkpoint of an interruption is
/// kept until the next one.</param>
/// <param name="KeepBest">True to also save the step with the lowest validation loss, and to keep it until another step is
/// lower.</param>
public sealed record CheckpointPlan(long Every = 1000, int KeepLast = 3, bool KeepBest = true);
