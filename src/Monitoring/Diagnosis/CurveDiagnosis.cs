using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Diagnoses loss curves: describes problems, with suggested fixes.</summary>
/// <remarks>
/// Each rule compares a trend with the noise around it and reports nothing if the noise decides. Source of the distinctions:
/// course "SFT fundamentals", lessons 11 and 17; reference report, section 17.4.
/// </remarks>
public static class CurveDiagnosis
{
    /// <summary>
    /// All rules, the most severe first. A rule with a finding suppresses those that would say the same less precisely.
    /// </summary>
    internal static IReadOnlyList<DiagnosisRule> Rules { get; } =
    [
        new(
            "diverging", DivergingRule.Evaluate, "spike", "overfitting", "rising validation loss", "learning rate too high",
            "learning rate too low", "not learning", "memorization", "underfitting", "plateau", "validation noise",
            "still improving")
            { WorksWithFewSteps = true },
        new("spike", SpikeRule.Evaluate),
        new(
            "overfitting", OverfittingRule.Evaluate, "rising validation loss", "learning rate too high",
            "learning rate too low", "not learning", "memorization", "underfitting", "plateau", "still improving")
            { WorksWithFewSteps = true },
        new("rising validation loss", RisingValidationRule.Evaluate, "not learning", "memorization", "plateau")
            { WorksWithFewSteps = true },
        new("learning rate too high", LearningRateTooHighRule.Evaluate, "learning rate too low", "not learning"),
        new(
            "learning rate too low", LearningRateTooLowRule.Evaluate, "underfitting", "not learning", "plateau",
            "still improving"),
        new("memorization", MemorizationRule.Evaluate),
        new("underfitting", UnderfittingRule.Evaluate, "not learning", "plateau"),
        new("not learning", NotLearningRule.Evaluate, "plateau"),
        new("plateau", PlateauRule.Evaluate),
        new("forgetting", ForgettingRule.Evaluate) { WorksWithFewSteps = true },
        new("validation noise", ValidationNoiseRule.Evaluate),
        new("still improving", StillImprovingRule.Evaluate),
    ];

    /// <summary>Diagnoses curves; returns at least one finding.</summary>
    public static IReadOnlyList<CurveFinding> Diagnose(LossCurves curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        if (curves.Plan.Grpo is not null && curves.FiniteSteps.Count > 0) return [RewardTrend.Describe(curves.FiniteSteps)];
        var findings = new List<CurveFinding>();
        var silent = new HashSet<string>(StringComparer.Ordinal);
        var rules = Rules.Where(rule => curves.HasEnoughSteps || rule.WorksWithFewSteps);
        if (curves.FiniteSteps.Count == 0) rules = rules.Take(1);
        foreach (var rule in rules)
            if (!silent.Contains(rule.Name) && rule.Evaluate(curves) is { } found)
            {
                findings.Add(found);
                silent.UnionWith(rule.Suppresses);
            }
        return findings.Any(finding => finding.Severity == CurveFindingSeverity.Warning)
            ? findings
            : [EvidenceCheck.FindGap(curves) ?? CreateHealthyFinding(curves), .. findings];
    }

    private static CurveFinding CreateHealthyFinding(LossCurves curves)
    {
        var validation = curves.MeasuredLosses.Count > 0
            ? Invariant($", the validation loss from {curves.MeasuredLosses[0].Loss:F2} to {curves.MeasuredLosses[^1].Loss:F2} ")
                + Invariant($"over {curves.MeasuredLosses.Count} measurements")
            : "";
        return new(
            "healthy", CurveFindingSeverity.Good,
            Invariant($"In {curves.FiniteSteps.Count:N0} steps, {DescribeTraining(curves)}{validation}; ")
                + "the curves show no problem.",
            "");
    }

    // A fresh schedule on trained weights raises the loss at first.
    private static string DescribeTraining(LossCurves curves) => curves.FinalLoss < curves.InitialLoss
        ? Invariant($"the training loss fell from {curves.InitialLoss:F2} to {curves.FinalLoss:F2}")
        : Invariant($"the training loss rose from {curves.InitialLoss:F2} to {curves.Blocks.Max(block => block.Median):F2} with ")
            + Invariant($"the learning rate and fell to {curves.FinalLoss:F2}");
}

/// <summary>A diagnosis rule.</summary>
/// <param name="Name">Name of the rule and of its findings.</param>
/// <param name="Evaluate">Returns a finding; null for none.</param>
/// <param name="Suppresses">Rules that are skipped if this one has a finding.</param>
internal sealed record DiagnosisRule(
    string Name, Func<LossCurves, CurveFinding?> Evaluate, params IReadOnlyList<string> Suppresses)
{
    /// <summary>True if the rule also judges runs of fewer steps than <see cref="LossCurves.MinimumSteps"/>.</summary>
    public bool WorksWithFewSteps { get; init; }
}
