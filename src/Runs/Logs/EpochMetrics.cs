namespace TurkishLlm.Runs.Logs;

/// <summary>What an epoch of fine-tuning came to.</summary>
/// <param name="Epoch">Its number, from 1; 0 is what the model was before it learned anything.</param>
/// <param name="TrainingLoss">Mean loss of its steps, each weighing as the targets it learned; null before the first.</param>
/// <param name="ValidationLoss">Loss on held-out conversations at its end; null where it was not measured.</param>
/// <param name="TextLoss">Loss on held-out running text at its end; null where it was not measured.</param>
/// <param name="IsBest">True for the lowest validation loss of all.</param>
/// <param name="Seconds">Time of training up to its end.</param>
public sealed record EpochMetrics(int Epoch, double? TrainingLoss, double? ValidationLoss, double? TextLoss, bool IsBest, double Seconds)
{
    /// <summary>The epochs of a run, the last perhaps not whole; none for a run that has no epochs.</summary>
    /// <param name="steps">The numbers of all its steps, in order.</param>
    public static IReadOnlyList<EpochMetrics> FromSteps(IReadOnlyList<StepMetrics> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        // A step belongs to the epoch it begins in, so the one that ends an epoch is its last.
        var begun = steps.Prepend(steps.Count > 0 && steps[0].Step > 1 ? steps[0] : null).Select(step => step?.Epoch ?? 0);
        var epochs = steps.Zip(begun).Where(pair => pair.First.Epoch is not null).GroupBy(pair => (int)Math.Floor(pair.Second) + 1, pair => pair.First).Select(epoch => new EpochMetrics(
            epoch.Key,
            epoch.Sum(step => step.Loss * step.LossTerms) / epoch.Sum(step => step.LossTerms),
            epoch.LastOrDefault(step => step.ValidationLoss is not null)?.ValidationLoss,
            epoch.LastOrDefault(step => step.TextLoss is not null)?.TextLoss,
            IsBest: false, epoch.Last().Seconds)).ToList();
        if (epochs.Count == 0) return [];
        if (steps[0].InitialValidation is { } before) epochs.Insert(0, new(0, null, before.Loss, before.TextLoss, IsBest: false, 0));
        var best = epochs.Min(epoch => epoch.ValidationLoss);
        return [.. epochs.Select(epoch => epoch with { IsBest = best is not null && epoch.ValidationLoss == best })];
    }
}
