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
            "diverging", DivergingRule.Evaluate, "overfitting", "learning rate too high", "learning rate too low", "memorization",
            "underfitting", "plateau", "validation noise", "still improving"),
        new("spike", SpikeRule.Evaluate),
        new(
            "overfitting", OverfittingRule.Evaluate, "learning rate too high", "learning rate too low", "memorization",
            "underfitting", "plateau", "still improving"),
        new("learning rate too high", LearningRateTooHighRule.Evaluate, "learning rate too low"),
        new("learning rate too low", LearningRateTooLowRule.Evaluate, "underfitting", "plateau", "still improving"),
        new("memorization", MemorizationRule.Evaluate),
        new("underfitting", UnderfittingRule.Evaluate, "plateau"),
        new("plateau", PlateauRule.Evaluate),
        new("validation noise", ValidationNoiseRule.Evaluate),
        new("still improving", StillImprovingRule.Evaluate),
    ];

    /// <summary>Diagnoses curves; returns at least one finding.</summary>
    public static IReadOnlyList<CurveFinding> Diagnose(LossCurves curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        if (!curves.HasEnoughSteps)
            return curves.NonFiniteSteps.Count > 0
                ? [DivergingRule.Evaluate(curves)!]
                :
                [
                    new(
                        "too short", CurveFindingSeverity.Info,
                        $"{Quantity.Format(curves.FiniteSteps.Count, "step is", "steps are")} too few to distinguish a trend "
                            + "from noise.", ""),
                ];

        var findings = new List<CurveFinding>();
        var silent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in Rules)
            if (!silent.Contains(rule.Name) && rule.Evaluate(curves) is { } found)
            {
                findings.Add(found);
                silent.UnionWith(rule.Suppresses);
            }
        return findings.Any(finding => finding.Severity == CurveFindingSeverity.Warning)
            ? findings
            : [CreateHealthyFinding(curves), .. findings];
    }

    private static CurveFinding CreateHealthyFinding(LossCurves curves)
    {
        var validation = curves.Validation.Count > 0 ? Invariant($" and {curves.Validation[^1].Loss:F2} on validation text") : "";
        return new(
            "healthy", CurveFindingSeverity.Good,
            Invariant($"The loss fell from {curves.FiniteSteps[0].Loss:F2} to {curves.FinalLoss:F2}{validation}; ")
            + "the curves show no problem.", "");
    }
}

/// <summary>A diagnosis rule.</summary>
/// <param name="Name">Name of the rule and of its findings.</param>
/// <param name="Evaluate">Returns a finding; null for none.</param>
/// <param name="Suppresses">Rules that are skipped if this one has a finding.</param>
internal sealed record DiagnosisRule(
    string Name, Func<LossCurves, CurveFinding?> Evaluate, params IReadOnlyList<string> Suppresses);
