using System.Globalization;
using System.Text;

namespace TurkishLlm.Specification;

/// <summary>Thrown when a requirement fails. The message lists all failures with evidence and the nearest impostor.</summary>
public sealed class RequirementFailedException : Exception
{
    /// <param name="failed">The judgments that failed.</param>
    /// <param name="at">The conditions.</param>
    /// <param name="all">All judgments: those that hold make the explanation better.</param>
    public RequirementFailedException(
        IReadOnlyList<Judgment> failed, Conditions at, IReadOnlyList<Judgment>? all = null)
        : base(Describe(failed, at, all)) => FailedJudgments = failed;

    /// <summary>The judgments that failed.</summary>
    public IReadOnlyList<Judgment> FailedJudgments { get; }

    internal static string Describe(IReadOnlyList<Judgment> failed, Conditions at, IReadOnlyList<Judgment>? all = null)
    {
        var text = new StringBuilder();
        var judged = (all ?? failed).ToLookup(judgment => judgment.Requirement);
        foreach (var group in failed.GroupBy(judgment => judgment.Requirement))
        {
            if (text.Length > 0) text.AppendLine();
            text.Append(group.Key);
            foreach (var judgment in group)
                text.AppendLine()
                    .Append(CultureInfo.InvariantCulture, $"    {judgment.CaseName}: {judgment.Verdict.Evidence}");
            if (group.Key.Family is null
                && group.Key.FindResemblances([.. judged[group.Key]], at) is [{ Distance: <= Resemblance.Far } nearest, ..])
            {
                AppendExplanation(nearest.Impostor, nearest.Evidence, group.Key.UsualPlaces.GetValueOrDefault(nearest.Impostor));
            }
        }
        foreach (var first in Explanation.Rank(all ?? failed, at).DistinctBy(explanation => explanation.Requirement.Family))
            if (first.Distance <= Resemblance.Far) AppendExplanation(first.Impostor, first.Evidence, first.UsualPlace);
        return text.ToString();

        void AppendExplanation(string impostor, string evidence, string? usualPlace)
        {
            text.AppendLine()
                .Append(CultureInfo.InvariantCulture, $"    looks like: {impostor} (measures {evidence})");
            if (usualPlace is not null)
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"    usual place: {usualPlace}");
        }
    }
}
