using System.Globalization;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reads loss curves as a practitioner does, and says in words what is seen and what to try.</summary>
/// <remarks>
/// Each rule compares a trend with the noise around it and stays silent where that does not decide. Source of what is told apart:
/// course "SFT fundamentals", lessons 11 and 17; reference report, section 17.4.
/// </remarks>
public static class CurveDiagnosis
{
    /// <summary>Every rule, the gravest first. A rule that speaks silences those that would say the same less well.</summary>
    internal static IReadOnlyList<DiagnosisRule> Rules { get; } =
    [
        new("diverging", DivergingRule.Evaluate, "overfitting", "learning rate too high", "learning rate too low", "memorising", "underfitting", "plateau", "validation noise", "still improving"),
        new("spike", SpikeRule.Evaluate),
        new("overfitting", OverfittingRule.Evaluate, "learning rate too high", "learning rate too low", "memorising", "underfitting", "plateau", "still improving"),
        new("learning rate too high", LearningRateTooHighRule.Evaluate, "learning rate too low"),
        new("learning rate too low", LearningRateTooLowRule.Evaluate, "underfitting", "plateau", "still improving"),
        new("memorising", MemorizationRule.Evaluate),
        new("underfitting", UnderfittingRule.Evaluate, "plateau"),
        new("plateau", PlateauRule.Evaluate),
        new("validation noise", ValidationNoiseRule.Evaluate),
        new("still improving", StillImprovingRule.Evaluate),
    ];

    /// <summary>What the curves say: at least one finding.</summary>
    public static IReadOnlyList<CurveFinding> Diagnose(LossCurves curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        if (!curves.HasEnoughSteps)
            return curves.NonFiniteSteps.Count > 0 ? [DivergingRule.Evaluate(curves)!] : [new("too short", CurveFindingSeverity.Info, Invariant($"{curves.FiniteSteps.Count} steps are too few to tell a trend from noise."), "")];

        var findings = new List<CurveFinding>();
        var silent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in Rules)
            if (!silent.Contains(rule.Name) && rule.Evaluate(curves) is { } found)
            {
                findings.Add(found);
                silent.UnionWith(rule.Suppresses);
            }
        return findings.Any(finding => finding.Severity == CurveFindingSeverity.Warning) ? findings : [CreateHealthyFinding(curves), .. findings];
    }

    internal static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static CurveFinding CreateHealthyFinding(LossCurves curves)
    {
        var held = curves.Validation.Count > 0 ? Invariant($" and {curves.Validation[^1].Loss:F2} on held-out text") : "";
        return new("healthy", CurveFindingSeverity.Good, Invariant($"The loss fell from {curves.FiniteSteps[0].Loss:F2} to {curves.FinalLoss:F2}{held}; nothing in the curves calls for a change."), "");
    }
}

/// <summary>A way to read curves.</summary>
/// <param name="Name">Its name, which its findings bear.</param>
/// <param name="Evaluate">What it finds; null for nothing.</param>
/// <param name="Suppresses">Rules that are not asked when it has found something.</param>
internal sealed record DiagnosisRule(string Name, Func<LossCurves, CurveFinding?> Evaluate, params IReadOnlyList<string> Suppresses);
