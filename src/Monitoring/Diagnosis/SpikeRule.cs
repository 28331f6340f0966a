using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports sudden rises of the training loss.</summary>
internal static class SpikeRule
{
    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (curves.Spikes.Count == 0) return null;
        var highest = curves.Spikes.MaxBy(spike => spike.HighestLoss - spike.LossBefore)!;
        var what =
            Invariant($"The training loss jumped {(curves.Spikes.Count == 1 ? "once" : $"{curves.Spikes.Count} times")}, ")
            + Invariant($"the highest at step {highest.Step:N0}: from {highest.LossBefore:F2} to {highest.HighestLoss:F2}");
        if (!curves.Spikes[^1].HasRecovered)
            return new("spike", CurveFindingSeverity.Warning, 
                $"{what}. The loss has not recovered from the last spike yet.",
                "If it does not recover, resume from a checkpoint before the spike with a lower optimizer.learning_rate.");
        var longest = curves.Spikes.Max(spike => spike.To - spike.From);
        return new("spike", curves.Spikes.Count > 3 ? CurveFindingSeverity.Warning : CurveFindingSeverity.Info,
            Invariant($"{what}. The loss recovered within {longest:N0} {(longest == 1 ? "step" : "steps")}."),
            curves.Spikes.Count > 3 ? 
                "Check the data of these steps for broken text, and try a lower optimizer.learning_rate or optimizer.beta2."
                : "A single spike that recovers is harmless; check the text of that step if spikes become frequent.");
    }
}
