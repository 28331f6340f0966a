namespace TurkishLlm.Specification;

/// <summary>The verdict of a requirement on a case.</summary>
/// <param name="Requirement">The requirement.</param>
/// <param name="CaseName">Name of the case.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Elapsed">Time to judge the case.</param>
public sealed record Judgment(Requirement Requirement, string CaseName, Verdict Verdict, TimeSpan Elapsed)
{
    /// <summary>True if the case was made from the plan of the run.</summary>
    public bool IsPlanCase { get; init; }

    /// <summary>True if the requirement has no further case.</summary>
    public bool IsLast { get; init; }
}
