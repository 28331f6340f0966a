using static TurkishLlm.Monitoring.Diagnosis.CurveDiagnosis;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>The loss rose all at once.</summary>
internal static class SpikeRule
{
    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.Spikes.Count == 0) return null;
        var highest = curves.Spikes.MaxBy(spike => spike.HighestLoss - spike.LossBefore)!;
        var what = Invariant($"The training loss jumped {(curves.Spikes.Count == 1 ? "once" : $"{curves.Spikes.Count} times")}, the highest at step {highest.Step:N0}: from {highest.LossBefore:F2} to {highest.HighestLoss:F2}");
        if (!curves.Spikes[^1].HasRecovered)
            return new("spike", CurveFindingSeverity.Warning, $"{what}. The last one has not come back yet.", "Watch whether it does; if not, go back to a checkpoint before it with a lower optimizer.learning_rate.");
        var longest = curves.Spikes.Max(spike => spike.To - spike.From);
        return new("spike", curves.Spikes.Count > 3 ? CurveFindingSeverity.Warning : CurveFindingSeverity.Info,
            Invariant($"{what}. It came back within {longest:N0} {(longest == 1 ? "step" : "steps")}."),
            curves.Spikes.Count > 3 ? "Look at the data of these steps for broken text, and try a lower optimizer.learning_rate or optimizer.beta2." : "A single one that comes back does no harm; look at the text of that step when they become many.");
    }
}
