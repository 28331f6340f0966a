namespace TurkishLlm.Training.Checkpoints;

/// <summary>The step with the lowest validation loss so far.</summary>
/// <param name="Step">The step.</param>
/// <param name="Loss">Its validation loss, in nats.</param>
/// <remarks>Of equal losses, the first wins. Spec: SAF-05.</remarks>
public sealed record BestValidation(long Step, double Loss)
{
    /// <summary>
    /// Returns the better of the previous best and a new measurement. A loss that is not finite is never the best.
    /// </summary>
    public static BestValidation? Update(BestValidation? before, long step, double loss) =>
        double.IsFinite(loss) && (before is null || loss < before.Loss) ? new(step, loss) : before;
}
