using System.Globalization;

namespace TurkishLlm.Training;

/// <summary>Reads loss curves as a practitioner does, and says in words what is seen and what to try.</summary>
/// <remarks>
/// Each rule compares a trend with the noise around it and stays silent where that does not decide. Source of what is told apart:
/// course "SFT fundamentals", lessons 11 and 17; reference report, section 17.4.
/// </remarks>
public static class Diagnosis
{
    /// <summary>Every rule, the gravest first. A rule that speaks silences those that would say the same less well.</summary>
    internal static IReadOnlyList<DiagnosisRule> Rules { get; } =
    [
        new("diverging", DivergingRule.Judge, "overfitting", "learning rate too high", "learning rate too low", "memorising", "underfitting", "plateau", "validation noise", "still improving"),
        new("spike", SpikeRule.Judge),
        new("overfitting", OverfittingRule.Judge, "learning rate too high", "learning rate too low", "memorising", "underfitting", "plateau", "still improving"),
        new("learning rate too high", LearningRateTooHighRule.Judge, "learning rate too low"),
        new("learning rate too low", LearningRateTooLowRule.Judge, "underfitting", "plateau", "still improving"),
        new("memorising", MemorisingRule.Judge),
        new("underfitting", UnderfittingRule.Judge, "plateau"),
        new("plateau", PlateauRule.Judge),
        new("validation noise", ValidationNoiseRule.Judge),
        new("still improving", StillImprovingRule.Judge),
    ];

    /// <summary>What the curves say: at least one finding.</summary>
    public static IReadOnlyList<CurveFinding> Of(LossCurves curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        if (!curves.CanBeRead)
            return curves.NotFinite.Count > 0 ? [DivergingRule.Judge(curves)!] : [new("too short", CurveFindingKind.Note, Text($"{curves.Lines.Count} steps are too few to tell a trend from noise."), "")];

        var findings = new List<CurveFinding>();
        var silent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in Rules)
            if (!silent.Contains(rule.Name) && rule.Judge(curves) is { } found)
            {
                findings.Add(found);
                silent.UnionWith(rule.Silences);
            }
        return findings.Any(finding => finding.Kind == CurveFindingKind.Warning) ? findings : [Healthy(curves), .. findings];
    }

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static CurveFinding Healthy(LossCurves curves)
    {
        var held = curves.Validation.Count > 0 ? Text($" and {curves.Validation[^1].Loss:F2} on held-out text") : "";
        return new("healthy", CurveFindingKind.Good, Text($"The loss fell from {curves.Lines[0].Loss:F2} to {curves.Final:F2}{held}; nothing in the curves calls for a change."), "");
    }
}

/// <summary>A way to read curves.</summary>
/// <param name="Name">Its name, which its findings bear.</param>
/// <param name="Judge">What it finds; null for nothing.</param>
/// <param name="Silences">Rules that are not asked when it has found something.</param>
internal sealed record DiagnosisRule(string Name, Func<LossCurves, CurveFinding?> Judge, params IReadOnlyList<string> Silences);
