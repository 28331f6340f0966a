namespace TurkishLlm.Training;

/// <summary>Something that was tried and decided, so that it need not be tried again: a plan may say otherwise, but not unknowingly.</summary>
/// <param name="Id">Its name in a plan's <c>overrule</c> section.</param>
/// <param name="Decision">What was decided.</param>
/// <param name="Reason">What was seen when it was tried.</param>
/// <param name="Source">Where that is written.</param>
/// <param name="Contradicted">What a plan says against it; null where it agrees.</param>
public sealed record LockedDecision(string Id, string Decision, string Reason, string Source, Func<TrainingPlan, string?> Contradicted);

/// <summary>A plan against a locked decision.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Says">What the plan says.</param>
public sealed record Contradiction(LockedDecision Decision, string Says)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Says}, against the locked decision {Decision.Id}: {Decision.Decision} ({Decision.Source}). {Decision.Reason} If it is meant, say why in the plan: overrule: {{ {Decision.Id}: \"…\" }}";
}
