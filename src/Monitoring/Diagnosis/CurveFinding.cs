namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>How much a finding matters.</summary>
public enum CurveFindingSeverity
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>Worth doing something about.</summary>
    Warning,
}

/// <summary>What a rule read from the curves of a run.</summary>
/// <param name="Rule">Name of the rule.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Observation">What is seen, in a sentence with its numbers.</param>
/// <param name="Suggestion">What to try; empty where nothing needs to be done.</param>
public sealed record CurveFinding(string Rule, CurveFindingSeverity Severity, string Observation, string Suggestion)
{
    /// <inheritdoc/>
    public override string ToString() => Suggestion.Length > 0 ? $"{Rule}: {Observation} {Suggestion}" : $"{Rule}: {Observation}";
}
