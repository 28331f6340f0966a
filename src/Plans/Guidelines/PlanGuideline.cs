namespace TurkishLlm.Plans.Guidelines;

/// <summary>Something that was tried and decided, so that it need not be tried again: a plan may say otherwise, but not unknowingly.</summary>
/// <param name="Id">Its name in a plan's <c>ignored_guidelines</c> section.</param>
/// <param name="Recommendation">What was decided.</param>
/// <param name="Reason">What was seen when it was tried.</param>
/// <param name="Source">Where that is written.</param>
/// <param name="FindViolation">What a plan says against it; null where it agrees.</param>
public sealed record PlanGuideline(string Id, string Recommendation, string Reason, string Source, Func<TrainingPlan, string?> FindViolation);

/// <summary>A plan against a locked decision.</summary>
/// <param name="Guideline">The decision.</param>
/// <param name="Deviation">What the plan says.</param>
public sealed record GuidelineViolation(PlanGuideline Guideline, string Deviation)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Deviation}, against the locked decision {Guideline.Id}: {Guideline.Recommendation} ({Guideline.Source}). {Guideline.Reason} If it is meant, say why in the plan: ignored_guidelines: {{ {Guideline.Id}: \"…\" }}";
}
