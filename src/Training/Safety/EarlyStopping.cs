namespace TurkishLlm.Training.Safety;

/// <summary>Ends a run that does not get better any more.</summary>
/// <remarks>A function of the losses on record, so a resumed run stops where the uninterrupted one would.</remarks>
public static class EarlyStopping
{
    /// <summary>True when the lowest loss is that many measurements old. Losses that are not finite are never lowest.</summary>
    /// <param name="losses">Validation losses in the order of measurement.</param>
    /// <param name="patience">Measurements without a new lowest that are borne; 0 is any number.</param>
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
