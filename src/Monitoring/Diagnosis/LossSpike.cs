using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>A loss that rises all at once, against what the last steps let expect.</summary>
/// <param name="From">Index of its first line.</param>
/// <param name="To">Index behind its last line.</param>
/// <param name="Step">Step of its highest loss.</param>
/// <param name="LossBefore">Mean loss before it.</param>
/// <param name="HighestLoss">Its highest loss.</param>
/// <param name="HasRecovered">Whether the loss came back to where it was.</param>
internal sealed record LossSpike(int From, int To, long Step, double LossBefore, double HighestLoss, bool HasRecovered)
{
    private const double Trend = 0.95, Spread = 0.99;   // the last twenty steps say what is expected, the last hundred how exactly
    private const double Begins = 8, Ends = 3;       // standard deviations: one of 10¹⁵ steps by chance, and one of 700
    private const double Least = 0.03;               // of the loss: less is nobody's trouble
    private const int WarmUp = 30;

    /// <summary>The spikes of a curve. What stays up for longer than a twentieth of the steps is none: it is the new level.</summary>
    public static IReadOnlyList<LossSpike> Find(IReadOnlyList<StepMetrics> lines)
    {
        var spikes = new List<LossSpike>();
        var (mean, square, last) = (new ExponentialMovingAverage(Trend), new ExponentialMovingAverage(Spread), double.NaN);
        for (var i = 0; i < lines.Count; i++)
        {
            // From differences of neighbours, in which there is next to no trend.
            var deviation = Math.Max(Math.Sqrt(square.Value / 2), 1e-3 * mean.Value);
            var before = mean.Value;
            if (i >= WarmUp && lines[i].Loss - before > Math.Max(Begins * deviation, Least * before))
            {
                var back = i + 1;
                var end = Math.Min(lines.Count, i + Math.Max(5, lines.Count / 20));
                while (back < end && lines[back].Loss - before > Ends * deviation) back++;
                if (back < end || end == lines.Count)
                {
                    var highest = lines.Skip(i).Take(back - i).MaxBy(line => line.Loss)!;
                    spikes.Add(new(i, back, highest.Step, before, highest.Loss, HasRecovered: back < lines.Count));
                    i = back - 1;
                    continue;
                }
                (mean, last) = (new(Trend), double.NaN);
            }
            square.Add(Math.Pow(lines[i].Loss - last, 2));
            mean.Add(last = lines[i].Loss);
        }
        return spikes;
    }
}
