using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Metrics of one labeled answer.</summary>
/// <param name="IsDesirable">True if the answer is a good one.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Reward">Reward of the answer.</param>
/// <param name="LogProbability">Log-probability of the answer, summed over its tokens, in nats.</param>
/// <param name="ReferencePoint">z₀ of its step, in nats.</param>
public readonly record struct AnswerMetrics(
    bool IsDesirable, double Loss, double Reward, double LogProbability, double ReferencePoint)
{
    /// <summary>β of the objective.</summary>
    public double Beta { get; init; }

    /// <summary>True if the reward is on the side of the reference point that the label demands.</summary>
    public bool IsRight => IsDesirable ? Reward > Beta * ReferencePoint : Reward < Beta * ReferencePoint;

    /// <summary>Averages answers, or null.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="group">The processes that hold some answers each; the means are over the answers of all.</param>
    public static PreferenceMetrics? Average(IReadOnlyCollection<AnswerMetrics> answers, IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(answers);
        group ??= SingleProcessGroup.Instance;
        var (right, chosen, rejected) = (
            Mean(answers, answer => answer.IsRight ? 1 : 0, group),
            answers.Where(answer => answer.IsDesirable).ToArray(), answers.Where(answer => !answer.IsDesirable).ToArray());
        var (rewardChosen, rewardRejected) = (
            Mean(chosen, answer => answer.Reward, group), Mean(rejected, answer => answer.Reward, group));
        var (logpChosen, logpRejected) = (
            Mean(chosen, answer => answer.LogProbability, group), Mean(rejected, answer => answer.LogProbability, group));
        var kl = Mean(answers, answer => answer.ReferencePoint, group);
        return right is not { } accuracy
            ? null
            : new(rewardChosen, rewardRejected, rewardChosen - rewardRejected, accuracy, logpChosen, logpRejected, kl);
    }

    private static double? Mean(
        IReadOnlyCollection<AnswerMetrics> answers, Func<AnswerMetrics, double> of, IProcessGroup group)
    {
        var count = group.AllReduceSum((long)answers.Count);
        var sum = group.AllReduceSum(answers.Sum(of));
        return count == 0 ? null : sum / count;
    }
}
