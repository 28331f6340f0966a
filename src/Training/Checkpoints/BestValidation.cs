namespace TurkishLlm.Training.Checkpoints;

/// <summary>The step with the lowest validation loss so far.</summary>
/// <param name="Step">The step.</param>
/// <param name="Loss">Its validation loss, in nats.</param>
/// <remarks>Of equal losses the first counts. Spec: SAF-05.</remarks>
public sealed record BestValidation(long Step, double Loss)
{
    /// <summary>The better of what was best and a new measurement. A loss that is not a finite number is never best.</summary>
    public static BestValidation? Update(BestValidation? before, long step, double loss) =>
        double.IsFinite(loss) && (before is null || loss < before.Loss) ? new(step, loss) : before;
}
