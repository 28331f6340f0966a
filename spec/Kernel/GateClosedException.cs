namespace TurkishLlm.Specification;

/// <summary>Thrown when a requirement fails or all were skipped, so that training does not start.</summary>
public sealed class GateClosedException : Exception
{
    internal GateClosedException(GateReport report, Conditions at)
        : base(Describe(report, at)) => Report = report;

    /// <summary>All judgments.</summary>
    public GateReport Report { get; }

    private static string Describe(GateReport report, Conditions at) => report.FailedJudgments is { Count: > 0 } failed
        ? $"The gate is closed: {failed.Select(judgment => judgment.Requirement.Id).Distinct().Count()} of "
            + $"{report.Judgments.Select(judgment => judgment.Requirement.Id).Distinct().Count()} requirements do not hold on "
            + $"{report.Device}.{Environment.NewLine}{RequirementFailedException.Describe(failed, at, report.Judgments)}"
        : "The gate is closed: no requirement was judged, or all were skipped.";
}
