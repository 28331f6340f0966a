namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Severity of a finding.</summary>
public enum CurveFindingSeverity
{
    /// <summary>No problem.</summary>
    Good,

    /// <summary>Information; no action is needed.</summary>
    Info,

    /// <summary>A problem; action is recommended.</summary>
    Warning,
}

/// <summary>A finding of a diagnosis rule.</summary>
/// <param name="Rule">Name of the rule.</param>
/// <param name="Severity">Severity of the finding.</param>
/// <param name="Observation">What the curves show, in a sentence with numbers.</param>
/// <param name="Suggestion">What to try; empty if no action is needed.</param>
public sealed record CurveFinding(string Rule, CurveFindingSeverity Severity, string Observation, string Suggestion)
{
    /// <inheritdoc/>
    public override string ToString() => Suggestion.Length > 0 ? $"{Rule}: {Observation} {Suggestion}" : $"{Rule}: {Observation}";
}
