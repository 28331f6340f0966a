namespace TurkishLlm.Plans;

/// <summary>A key with different values in two plans.</summary>
/// <param name="Key">Dotted name, for example <c>optimizer.learning_rate</c>.</param>
/// <param name="Before">Value in the earlier plan; null if it has none.</param>
/// <param name="After">Value in the later plan; null if it has none.</param>
public sealed record PlanDifference(string Key, string? Before, string? After)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}: {Before ?? "nothing"} → {After ?? "nothing"}";
}
