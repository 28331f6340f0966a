using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>Locked decisions that a plan knowingly contradicts, each with the reason: section <c>overrule</c> of a plan.</summary>
/// <param name="Reasons">Name of the decision and why it does not hold here, in the order of the plan.</param>
public sealed record OverrulePlan(params IReadOnlyList<(string Decision, string Reason)> Reasons)
{
    /// <summary>True when the plan overrules a decision.</summary>
    public bool Has(string decision) => Reasons.Any(reason => reason.Decision == decision);

    /// <inheritdoc/>
    public bool Equals(OverrulePlan? other) => other is not null && Reasons.SequenceEqual(other.Reasons);

    /// <inheritdoc/>
    public override int GetHashCode() => Reasons.Count;

    internal IEnumerable<ConfigurationProblem> Problems()
    {
        var known = LockedDecisions.All.Select(decision => decision.Id).ToArray();
        return Reasons.Where(reason => !known.Contains(reason.Decision)).Select(reason => new ConfigurationProblem(
            $"overrule names \"{reason.Decision}\", which is no locked decision.{ClosestWord.Advice(reason.Decision, known)}", $"overrule.{reason.Decision}"));
    }
}
