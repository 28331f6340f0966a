using System.Globalization;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Plans;

/// <summary>
/// Initial weights from another run: section <c>warm_start</c> of a plan. Without it the weights are random. Resuming a run
/// does not need this section.
/// </summary>
/// <param name="Checkpoint">Folder of a checkpoint with a model of the same sizes; maximum length and dropout may differ.</param>
/// <param name="Step">Steps that count as completed; training and its schedule begin with the next one.</param>
/// <param name="KeepOptimizer">True to load the moments of the optimizer too, false to start with zeros.</param>
public sealed record WarmStartPlan(string Checkpoint, long Step = 0, bool KeepOptimizer = false)
{
    /// <summary>
    /// True to allow a vocabulary that is larger than that of the checkpoint: see <see cref="EmbeddingResizer"/>.
    /// </summary>
    public bool GrowVocabulary { get; init; }

    internal IEnumerable<ConfigurationProblem> FindProblems(long steps)
    {
        if (steps > 0 && Step >= steps)
            yield return new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"warm_start.step is {Step}, but training ends with training.steps = {steps}, so there would "
                        + $"be nothing to train. Use step: 0 or steps: {Step + steps}."),
                "warm_start.step", "training.steps");
        if (GrowVocabulary && KeepOptimizer)
            yield return new(
                "warm_start.grow_vocabulary and warm_start.keep_optimizer are both true, but new tokens have no "
                    + "moments. Use keep_optimizer: false.",
                "warm_start.grow_vocabulary", "warm_start.keep_optimizer");
    }
}
