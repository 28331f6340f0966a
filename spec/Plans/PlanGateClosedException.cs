using System.Globalization;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Spec.Plans;

/// <summary>Thrown when the data is damaged or a requirement fails, so that training does not start.</summary>
public sealed class PlanGateClosedException : Exception
{
    /// <param name="report">The report, with damaged data or at least one failed judgment.</param>
    /// <param name="nextSteps">What to do next; empty if that was said already.</param>
    public PlanGateClosedException(PlanGateReport report, string nextSteps = "")
        : base(Describe(report) + (nextSteps.Length > 0 ? Environment.NewLine + nextSteps : "")) => Report = report;

    /// <summary>All judgments.</summary>
    public PlanGateReport Report { get; }

    private static string Describe(PlanGateReport report)
    {
        if (!report.Data.Holds)
            return string.Join(
                Environment.NewLine,
                [
                    $"The gate is closed: {report.Data.Damage.Count.ToString(CultureInfo.InvariantCulture)} of "
                        + $"{report.Data.Files.ToString(CultureInfo.InvariantCulture)} shard files are not as the manifest says.",
                    .. report.Data.Damage.Select(damage => "    " + damage),
                ]);
        var failed = report.FailedJudgments;
        var text = new StringBuilder();
        var count = failed.Select(judgment => judgment.Requirement.Id).Distinct().Count();
        text.Append(
            CultureInfo.InvariantCulture,
            $"The gate is closed: {count} of {Quantity.Format(report.RequirementCount, "requirement")} ")
            .Append(CultureInfo.InvariantCulture, $"{(count == 1 ? "does" : "do")} not hold on {report.Device}.");
        foreach (var group in failed.GroupBy(j => j.Requirement))
        {
            text.AppendLine().Append(group.Key);
            foreach (var judgment in group)
                text.AppendLine()
                    .Append(
                        CultureInfo.InvariantCulture,
                        $"    {judgment.CaseName}: {judgment.Verdict.Evidence}");
            if (report.Resemblances.GetValueOrDefault(group.Key) is { } nearest)
                text.AppendLine()
                    .Append(CultureInfo.InvariantCulture, $"    looks like: {nearest.Impostor} (measures {nearest.Evidence})");
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"    → {GateAdvice.Find(group.Key)}");
        }
        return text.ToString();
    }
}
