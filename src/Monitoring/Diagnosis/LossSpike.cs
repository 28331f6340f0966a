using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>A sudden rise of the loss above its expected value.</summary>
/// <param name="From">Index of its first step.</param>
/// <param name="To">Index after its last step.</param>
/// <param name="Step">Step with its highest loss.</param>
/// <param name="LossBefore">Mean loss before it.</param>
/// <param name="HighestLoss">Its highest loss.</param>
/// <param name="HasRecovered">True if the loss returned to its previous level.</param>
internal sealed record LossSpike(int From, int To, long Step, double LossBefore, double HighestLoss, bool HasRecovered)
{
    private const double Trend = 0.95, Spread = 0.99;   // decays: the expected loss follows twenty steps, its deviation a hundred
    private const double Begins = 8, Ends = 3;       // standard deviations: by chance one step in 10¹⁵, and one in 700
    private const double Least = 0.03;               // of the loss; smaller rises are harmless
    private const int WarmUp = 30;

    /// <summary>
    /// Finds the spikes of a curve. A rise that lasts longer than a twentieth of the steps is a new level, not a spike.
    /// </summary>
    public static IReadOnlyList<LossSpike> Find(IReadOnlyList<StepMetrics> lines)
    {
        var spikes = new List<LossSpike>();
        var (mean, square, last) = (new ExponentialMovingAverage(Trend), new ExponentialMovingAverage(Spread), double.NaN);
        for (var i = 0; i < lines.Count; i++)
        {
            // From differences of adjacent steps, which contain almost no trend.
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
