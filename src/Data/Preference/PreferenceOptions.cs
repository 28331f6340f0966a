namespace TurkishLlm.Data.Preference;

/// <summary>Which pairs are learned from, and which are held out.</summary>
/// <param name="Files">JSON lines with <c>prompt</c> or <c>messages</c>, <c>chosen</c> and <c>rejected</c>.</param>
/// <param name="SequenceLength">Most places of one answer with its prompt. A pair that does not fit is left out and counted: were it cut, its answers would no longer have equal prompts.</param>
public sealed record PreferenceOptions(IReadOnlyList<string> Files, int SequenceLength)
{
    /// <summary>Files whose questions are never learned, whatever file they turn up in.</summary>
    public IReadOnlyList<string> GoldFiles { get; init; } = [];

    /// <summary>Share of the pairs that is held out; none of their questions is learned.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>True to leave out rows that cannot be read, and count them; false to stop at the first.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Decides which pairs are held out.</summary>
    public long Seed { get; init; } = 1234;
}
