using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>
/// Describes the reward of a run that learns from rewards. Its loss is no learning curve: it begins every batch near 0.
/// </summary>
internal static class RewardTrend
{
    private const int FewestSteps = 20;
    private const double LargestDivergence = 1;

    /// <summary>Compares the reward of the last tenth of the steps with that of the first.</summary>
    public static CurveFinding Describe(IReadOnlyList<StepMetrics> steps)
    {
        GrpoMetrics[] answers = [.. steps.Select(line => line.Grpo).OfType<GrpoMetrics>()];
        if (answers.Length < FewestSteps)
            return new(
                "too few measurements to judge", CurveFindingSeverity.Info,
                Invariant($"{answers.Length} steps are too few to see whether the reward rises."),
                Invariant($"Take at least {FewestSteps} steps."));
        var count = answers.Length / 10;
        var (first, last) = (answers[..count].Average(line => line.Reward), answers[^count..].Average(line => line.Reward));
        var noSpread = answers[^count..].Average(line => line.NoSpread);
        var error = 2 * Math.Sqrt((GetVariance(answers[..count]) + GetVariance(answers[^count..])) / count);
        var observation = Invariant($"The reward went from {first:F3} to {last:F3}, with a divergence of {answers[^1].Kl:F3} ")
            + Invariant($"nats per token; the answers to {100 * noSpread:F0} % of the last questions had one reward.");
        if (answers[^1].Kl > LargestDivergence)
            return new(
                "far from its start", CurveFindingSeverity.Warning, observation,
                "The model may have found a way to please the rules. Read its samples; increase grpo.kl or lower the learning "
                    + "rate.");
        return last - first > error
            ? new("reward rises", CurveFindingSeverity.Good, observation, "")
            : new(
                "reward does not rise", CurveFindingSeverity.Warning, observation,
                "Ask questions that the model answers correctly sometimes, use a reward with more levels, a larger "
                    + "grpo.group_size, or a higher learning rate.");
    }

    private static double GetVariance(GrpoMetrics[] lines)
    {
        var mean = lines.Average(line => line.Reward);
        return lines.Sum(line => (line.Reward - mean) * (line.Reward - mean)) / Math.Max(1, lines.Length - 1);
    }
}
