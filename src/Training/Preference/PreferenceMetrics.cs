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
    /// <param name="pairs">The pairs.</param>
    /// <param name="group">The processes that have some pairs each; the means are over those of all.</param>
    public static PreferenceMetrics? Of(IReadOnlyCollection<PairResult> pairs, IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        group ??= SingleProcessGroup.Instance;
        var count = group.Sum((long)pairs.Count);
        return count == 0 ? null : new(
            Mean(pair => pair.ChosenReward), Mean(pair => pair.RejectedReward), Mean(pair => pair.ChosenReward - pair.RejectedReward),
            Mean(pair => pair.ChosenReward > pair.RejectedReward ? 1 : 0), Mean(pair => pair.ChosenLogProbability), Mean(pair => pair.RejectedLogProbability));

        double Mean(Func<PairResult, double> of) => group.Sum(pairs.Sum(of)) / count;
    }
}
