namespace TurkishLlm.Plans.Guidelines;

/// <summary>A recommendation from earlier experiments. A plan may ignore it, but must give the reason.</summary>
/// <param name="Id">Name of the guideline in section <c>ignored_guidelines</c> of a plan.</param>
/// <param name="Recommendation">What it recommends.</param>
/// <param name="Reason">Result of the experiments.</param>
/// <param name="Source">Where the experiments are described.</param>
/// <param name="FindViolation">Describes how a plan violates it; null if the plan follows it.</param>
public sealed record PlanGuideline(
    string Id, string Recommendation, string Reason, string Source, Func<TrainingPlan, string?> FindViolation);

/// <summary>A guideline that a plan violates.</summary>
/// <param name="Guideline">The guideline.</param>
/// <param name="Deviation">The value of the plan.</param>
public sealed record GuidelineViolation(PlanGuideline Guideline, string Deviation)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Deviation}, against the guideline {Guideline.Id}: {Guideline.Recommendation} ({Guideline.Source}). {Guideline.Reason} "
        + $"To ignore it, give the reason in the plan: ignored_guidelines: {{ {Guideline.Id}: \"…\" }}";
}
