using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Loss and reward of preference pairs.</summary>
public interface IPreferenceObjective
{
    /// <summary>True if answers are compared with a reference model, the model before training.</summary>
    bool NeedsReference { get; }

    /// <summary>Computes the reward of an answer.</summary>
    /// <returns>A float64 scalar.</returns>
    Tensor Reward(AnswerScore answer);

    /// <summary>Computes the loss of a pair.</summary>
    /// <param name="chosen">The chosen answer.</param>
    /// <param name="rejected">The rejected answer.</param>
    /// <returns>A float64 scalar that can be differentiated.</returns>
    Tensor Loss(AnswerScore chosen, AnswerScore rejected);

    /// <summary>Creates the objective of a plan.</summary>
    static IPreferenceObjective Create(PreferenceObjectivePlan plan) => plan switch
    {
        DpoPlan dpo => new DpoObjective(dpo.Beta, dpo.LabelSmoothing),
        OrpoPlan orpo => new OrpoObjective(orpo.Lambda),
        _ => throw new NotSupportedException($"No objective on log-probabilities of pairs exists for {plan}."),
    };
}
