namespace TurkishLlm.Training;

/// <summary>Means over the pairs of a step, or over those held out. Every pair weighs the same, whatever batch it is in.</summary>
/// <param name="RewardChosen">How well the model likes the better answers.</param>
/// <param name="RewardRejected">How well it likes the others.</param>
/// <param name="Margin">The difference.</param>
/// <param name="Accuracy">Share of the pairs whose better answer has the higher reward; before the first step of DPO none has.</param>
/// <param name="LogpChosen">Log-probability of a better answer, in nats. Where it falls for long, the model unlearns both.</param>
/// <param name="LogpRejected">The same of the others.</param>
/// <remarks>Spec: DPO-10.</remarks>
public sealed record PreferenceMetrics(double RewardChosen, double RewardRejected, double Margin, double Accuracy, double LogpChosen, double LogpRejected)
{
    /// <summary>The means; null where there is no pair.</summary>
    public static PreferenceMetrics? Of(IReadOnlyCollection<PairResult> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return pairs.Count == 0 ? null : new(
            pairs.Average(pair => pair.ChosenReward), pairs.Average(pair => pair.RejectedReward),
            pairs.Average(pair => pair.ChosenReward - pair.RejectedReward),
            pairs.Average(pair => pair.ChosenReward > pair.RejectedReward ? 1.0 : 0),
            pairs.Average(pair => pair.ChosenLogProbability), pairs.Average(pair => pair.RejectedLogProbability));
    }
}
