namespace TurkishLlm.Training;

/// <summary>How much a finding matters.</summary>
public enum CurveFindingKind
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Worth doing something about.</summary>
    Warning,
}

/// <summary>What a rule read from the curves of a run.</summary>
/// <param name="Rule">Name of the rule.</param>
/// <param name="Kind">How much it matters.</param>
/// <param name="What">What is seen, in a sentence with its numbers.</param>
/// <param name="Try">What to try; empty where nothing needs to be done.</param>
public sealed record CurveFinding(string Rule, CurveFindingKind Kind, string What, string Try)
{
    /// <inheritdoc/>
    public override string ToString() => Try.Length > 0 ? $"{Rule}: {What} {Try}" : $"{Rule}: {What}";
}
