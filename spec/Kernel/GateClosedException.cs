using System.Globalization;
using System.Text;

namespace TurkishLlm.Spec.Kernel;

/// <summary>The specification does not hold, so training did not start.</summary>
public sealed class GateClosedException : Exception
{
    /// <param name="report">What was judged; something in it does not hold.</param>
    public GateClosedException(GateReport report) : base(Describe(report)) => Report = report;

    /// <summary>All judgements.</summary>
    public GateReport Report { get; }

    private static string Describe(GateReport report)
    {
        var failed = report.FailedJudgements;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"The gate is closed: {failed.Select(j => j.Requirement.Id).Distinct().Count()} of {report.RequirementCount} requirements do not hold on {report.Device}.");
        foreach (var group in failed.GroupBy(j => j.Requirement))
        {
            text.AppendLine().Append(group.Key);
            foreach (var judgement in group)
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"    {group.Key.CaseNames[judgement.CaseIndex]}: {judgement.Verdict.Evidence}");
        }
        return text.ToString();
    }
}
