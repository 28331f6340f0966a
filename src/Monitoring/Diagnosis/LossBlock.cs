using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>A stretch of a loss curve.</summary>
/// <param name="First">Its first step.</param>
/// <param name="Last">Its last step.</param>
/// <param name="Count">How many losses it has.</param>
/// <param name="Median">Their median, which spikes do not move.</param>
/// <param name="LearningRate">The highest of the stretch.</param>
internal readonly record struct LossBlock(long First, long Last, int Count, double Median, double LearningRate)
{
    public static LossBlock FromSteps(IReadOnlyList<StepMetrics> lines, int from, int to)
    {
        var part = lines.Skip(from).Take(to - from).ToArray();
        var losses = part.Select(line => line.Loss).Order().ToArray();
        return new(part[0].Step, part[^1].Step, part.Length, losses[losses.Length / 2], part.Max(line => line.LearningRate));
    }

    /// <summary>How much more this block must lie above another to count: a twentieth of it, and five standard errors of medians.</summary>
    public double GetThreshold(LossBlock other, double noise) =>
        Math.Max(other.Median / 20, 5 * 1.25 * noise * Math.Sqrt(1.0 / Count + 1.0 / other.Count));
}
