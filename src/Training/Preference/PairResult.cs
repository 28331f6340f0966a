namespace TurkishLlm.Training;

/// <summary>What a model made of one pair.</summary>
/// <param name="Loss">In nats.</param>
/// <param name="ChosenReward">Reward of the better answer.</param>
/// <param name="RejectedReward">Reward of the other.</param>
/// <param name="ChosenLogProbability">Of the better answer, summed over its tokens, in nats.</param>
/// <param name="RejectedLogProbability">Of the other.</param>
public readonly record struct PairResult(double Loss, double ChosenReward, double RejectedReward, double ChosenLogProbability, double RejectedLogProbability)
{
    /// <summary>How many numbers it is.</summary>
    internal const int Numbers = 5;

    internal double[] ToNumbers() => [Loss, ChosenReward, RejectedReward, ChosenLogProbability, RejectedLogProbability];

    internal static PairResult Of(double[] numbers) => new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
}
