namespace TurkishLlm.Tools.Mutation;

/// <summary>The result of requirements or tests.</summary>
/// <param name="Status">Survived if all of them pass.</param>
/// <param name="KilledBy">The first that failed.</param>
/// <param name="Message">Its message.</param>
/// <param name="LongestSilence">The longest time that one of them took.</param>
/// <param name="Method">The method of the test that failed; null for a requirement.</param>
internal sealed record SuiteResult(
    MutantStatus Status, string KilledBy, string Message, TimeSpan LongestSilence = default, string? Method = null)
{
    /// <summary>True if all pass.</summary>
    public bool Passes => Status == MutantStatus.Survived;
}
