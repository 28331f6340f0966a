using TurkishLlm.Model;

namespace TurkishLlm.Plans.Guidelines;

/// <summary>Guidelines that a plan does not follow, with reasons: section <c>ignored_guidelines</c> of a plan.</summary>
/// <param name="Reasons">Name of the guideline and the reason for ignoring it, in the order of the plan.</param>
public sealed record IgnoredGuidelinesPlan(params IReadOnlyList<(string Decision, string Reason)> Reasons)
{
    /// <summary>Returns true if the plan ignores a guideline.</summary>
    public bool Ignores(string guidelineId) => Reasons.Any(reason => reason.Decision == guidelineId);

    /// <inheritdoc/>
    public bool Equals(IgnoredGuidelinesPlan? other) => other is not null && Reasons.SequenceEqual(other.Reasons);

    /// <inheritdoc/>
    public override int GetHashCode() => Reasons.Count;

    internal IEnumerable<ConfigurationProblem> FindProblems()
    {
        var known = PlanGuidelines.All.Select(decision => decision.Id).ToArray();
        return Reasons.Where(reason => !known.Contains(reason.Decision)).Select(reason => new ConfigurationProblem(
            $"ignored_guidelines names \"{reason.Decision}\", which is not a guideline."
                + $"{SpellingSuggestions.FormatHint(reason.Decision, known)}",
            $"ignored_guidelines.{reason.Decision}"));
    }
}
