using System.Globalization;
using System.Text;

namespace TurkishLlm.Specification;

/// <summary>Thrown when a requirement fails. The message lists all failures with evidence and the nearest impostor.</summary>
public sealed class RequirementFailedException : Exception
{
    /// <param name="failed">The judgments that failed.</param>
    /// <param name="at">The conditions.</param>
    public RequirementFailedException(IReadOnlyList<Judgment> failed, Conditions at)
        : base(Describe(failed, at)) => FailedJudgments = failed;

    /// <summary>The judgments that failed.</summary>
    public IReadOnlyList<Judgment> FailedJudgments { get; }

    internal static string Describe(IReadOnlyList<Judgment> failed, Conditions at)
    {
        var text = new StringBuilder();
        foreach (var group in failed.GroupBy(judgment => judgment.Requirement))
        {
            if (text.Length > 0) text.AppendLine();
            text.Append(group.Key);
            foreach (var judgment in group)
                text.AppendLine()
                    .Append(CultureInfo.InvariantCulture, $"    {judgment.CaseName}: {judgment.Verdict.Evidence}");
            if (group.Key.FindResemblances(at) is [{ Distance: <= Resemblance.Far } nearest, ..])
                text.AppendLine()
                    .Append(CultureInfo.InvariantCulture, $"    looks like: {nearest.Impostor} (measures {nearest.Evidence})");
        }
        return text.ToString();
    }
}
