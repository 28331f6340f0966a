using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Plans;

/// <summary>
/// Training that goes on from the weights of another run: section <c>start</c> of a plan. Without it weights are random.
/// Going on with the same run is resuming, and needs no plan.
/// </summary>
/// <param name="Checkpoint">Folder of a checkpoint. Its model has the sizes of the plan's; length and dropout may differ.</param>
/// <param name="Step">Steps that count as done: training begins with the next one, and so does the schedule.</param>
/// <param name="KeepOptimizer">True to take over the optimizer's moments, false to begin with none.</param>
public sealed record WarmStartPlan(string Checkpoint, long Step = 0, bool KeepOptimizer = false)
{
    /// <summary>True where the plan's vocabulary may be larger than the checkpoint's: see <see cref="EmbeddingResizer"/>.</summary>
    public bool GrowVocabulary { get; init; }

    internal IEnumerable<ConfigurationProblem> FindProblems(long steps)
    {
        foreach (var problem in PlanRange.AtLeast(0, Step, "warm_start.step")) yield return problem;
        if (steps > 0 && Step >= steps)
            yield return new(
                string.Create(CultureInfo.InvariantCulture, $"warm_start.step is {Step}, but training ends with training.steps = {steps}: nothing would be left to do. Use step: 0 or steps: {Step + steps}."),
                "warm_start.step", "training.steps");
        if (GrowVocabulary && KeepOptimizer)
            yield return new("warm_start.grow_vocabulary and warm_start.keep_optimizer are both true, but there are no moments of new words. Use keep_optimizer: false.", "warm_start.grow_vocabulary", "warm_start.keep_optimizer");
    }
}
