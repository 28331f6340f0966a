namespace TurkishLlm.Runs.Logs;

/// <summary>Metrics of an epoch of fine-tuning.</summary>
/// <param name="Epoch">Number of the epoch, from 1; 0 before training.</param>
/// <param name="TrainingLoss">Mean training loss per target; null for epoch 0.</param>
/// <param name="ValidationLoss">Validation loss at the end of the epoch; null if not measured.</param>
/// <param name="TextLoss">Validation loss on running text at the end of the epoch; null if not measured.</param>
/// <param name="IsBest">True for the epoch with the lowest validation loss.</param>
/// <param name="Seconds">Training time up to the end of the epoch.</param>
/// <remarks>Spec: EVL-31.</remarks>
public sealed record EpochMetrics(
    int Epoch, double? TrainingLoss, double? ValidationLoss, double? TextLoss, bool IsBest, double Seconds)
{
    /// <summary>Computes the epochs of a run; the last one may be incomplete. Empty for runs without epochs.</summary>
    /// <param name="steps">All steps of the run, in order.</param>
    public static IReadOnlyList<EpochMetrics> FromSteps(IReadOnlyList<StepMetrics> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        // A step belongs to the epoch it starts in, so a step that completes an epoch is its last.
        var begun = steps.Prepend(steps.Count > 0 && steps[0].Step > 1 ? steps[0] : null).Select(step => step?.Epoch ?? 0);
        var epochs = steps
            .Zip(begun)
            .Where(pair => pair.First.Epoch is not null)
            .GroupBy(pair => (int)Math.Floor(pair.Second) + 1, pair => pair.First)
            .Select(epoch => new EpochMetrics(
            epoch.Key,
            epoch.Sum(step => step.Loss * step.LossTerms) / epoch.Sum(step => step.LossTerms),
            epoch.LastOrDefault(step => step.ValidationLoss is not null)?.ValidationLoss,
            epoch.LastOrDefault(step => step.TextLoss is not null)?.TextLoss,
            IsBest: false, epoch.Last().Seconds)).ToList();
        if (epochs.Count == 0) return [];
        if (steps[0].InitialValidation is { } before)
            epochs.Insert(0, new(0, null, before.Loss, before.TextLoss, IsBest: false, 0));
        var best = epochs.Min(epoch => epoch.ValidationLoss);
        return [.. epochs.Select(epoch => epoch with { IsBest = best is not null && epoch.ValidationLoss == best })];
    }
}
