using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>A block of consecutive steps of a loss curve.</summary>
/// <param name="First">The first step.</param>
/// <param name="Last">The last step.</param>
/// <param name="Count">Number of losses.</param>
/// <param name="Median">Median loss, which spikes do not change.</param>
/// <param name="LearningRate">Highest learning rate.</param>
internal readonly record struct LossBlock(long First, long Last, int Count, double Median, double LearningRate)
{
    public static LossBlock FromSteps(IReadOnlyList<StepMetrics> lines, int from, int to)
    {
        var part = lines.Skip(from).Take(to - from).ToArray();
        var losses = part.Select(line => line.Loss).Order().ToArray();
        return new(part[0].Step, part[^1].Step, part.Length, losses[losses.Length / 2], part.Max(line => line.LearningRate));
    }

    /// <summary>
    /// Returns the smallest significant difference to another block: a twentieth of its median, and five standard errors of
    /// medians.
    /// </summary>
    public double GetThreshold(LossBlock other, double noise) =>
        Math.Max(other.Median / 20, 5 * 1.25 * noise * Math.Sqrt(1.0 / Count + 1.0 / other.Count));
}
