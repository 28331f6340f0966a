namespace TurkishLlm.Plans;

/// <summary>A key that two plans give different values.</summary>
/// <param name="Key">Such as <c>optimizer.learning_rate</c>.</param>
/// <param name="Before">What the earlier plan said; null where it said nothing.</param>
/// <param name="After">What the later plan says; null where it says nothing.</param>
public sealed record PlanDifference(string Key, string? Before, string? After)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}: {Before ?? "nothing"} → {After ?? "nothing"}";
}
