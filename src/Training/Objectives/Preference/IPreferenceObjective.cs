using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>What is learned from a pair of answers.</summary>
public interface IPreferenceObjective
{
    /// <summary>True where answers are compared with what the model made of them before training.</summary>
    bool NeedsReference { get; }

    /// <summary>How well the model likes an answer.</summary>
    /// <returns>A single float64.</returns>
    Tensor Reward(AnswerScore answer);

    /// <summary>What a pair costs.</summary>
    /// <param name="chosen">The better answer.</param>
    /// <param name="rejected">The other.</param>
    /// <returns>A single float64 that can be differentiated.</returns>
    Tensor Loss(AnswerScore chosen, AnswerScore rejected);

    /// <summary>The objective of a plan.</summary>
    static IPreferenceObjective Create(PreferenceObjectivePlan plan) => plan switch
    {
        DpoPlan dpo => new DpoObjective(dpo.Beta, dpo.LabelSmoothing),
        OrpoPlan orpo => new OrpoObjective(orpo.Lambda),
        _ => throw new NotSupportedException($"There is no objective for {plan}."),
    };
}
