namespace TurkishLlm.Training.Safety;

/// <summary>Stops a run if the validation loss no longer improves.</summary>
/// <remarks>A function of the recorded losses, so a resumed run stops at the same step as an uninterrupted one.</remarks>
public static class EarlyStopping
{
    /// <summary>
    /// Returns true if the lowest loss is at least as many measurements old as the patience. Losses that are not finite are never
    /// the lowest.
    /// </summary>
    /// <param name="losses">Validation losses in the order of measurement.</param>
    /// <param name="patience">Number of measurements without improvement after which to stop; 0 to never stop.</param>
    public static bool ShouldStop(IReadOnlyList<double> losses, int patience)
    {
        ArgumentNullException.ThrowIfNull(losses);
        if (patience <= 0 || losses.Count <= patience) return false;
        var best = -1;
        for (var i = 0; i < losses.Count; i++)
            if (double.IsFinite(losses[i]) && (best < 0 || losses[i] < losses[best])) best = i;
        return losses.Count - 1 - best >= patience;
    }
}
