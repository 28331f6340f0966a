using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Metrics of one preference pair.</summary>
/// <param name="Loss">Loss, in nats.</param>
/// <param name="ChosenReward">Reward of the chosen answer.</param>
/// <param name="RejectedReward">Reward of the rejected answer.</param>
/// <param name="ChosenLogProbability">
/// Log-probability of the chosen answer, summed over its tokens, in nats; 0 for a reward model.
/// </param>
/// <param name="RejectedLogProbability">The same of the rejected answer.</param>
public readonly record struct PairMetrics(
    double Loss, double ChosenReward, double RejectedReward, double ChosenLogProbability, double RejectedLogProbability)
{
    /// <summary>Number of values.</summary>
    internal const int ValueCount = 5;

    internal double[] ToArray() => [Loss, ChosenReward, RejectedReward, ChosenLogProbability, RejectedLogProbability];

    internal static PairMetrics FromArray(double[] numbers) => new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);

    /// <summary>Averages pairs, or null.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="group">The processes that hold some pairs each; the means are over the pairs of all.</param>
    /// <param name="hasLogProbabilities">False for a reward model, which computes none.</param>
    public static PreferenceMetrics? Average(IReadOnlyCollection<PairMetrics> pairs, IProcessGroup? group = null,
        bool hasLogProbabilities = true)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        group ??= SingleProcessGroup.Instance;
        var count = group.AllReduceSum((long)pairs.Count);
        return count == 0 ? null : new(
            Mean(pair => pair.ChosenReward),
            Mean(pair => pair.RejectedReward),
            Mean(pair => pair.ChosenReward - pair.RejectedReward),
            Mean(pair => pair.ChosenReward > pair.RejectedReward ? 1 : 0),
            hasLogProbabilities ? Mean(pair => pair.ChosenLogProbability) : null,
            hasLogProbabilities ? Mean(pair => pair.RejectedLogProbability) : null);

        double Mean(Func<PairMetrics, double> of) => group.AllReduceSum(pairs.Sum(of)) / count;
    }
}
