namespace TurkishLlm.Data.Preference;

/// <summary>Options for loading and splitting preference pairs.</summary>
/// <param name="Files">JSON lines files with <c>prompt</c> or <c>messages</c>, <c>chosen</c> and <c>rejected</c>.</param>
/// <param name="SequenceLength">
/// Maximum number of positions of one answer with its prompt. Pairs that do not fit are excluded and counted, because truncation
/// would make their prompts differ.
/// </param>
public sealed record PreferenceOptions(IReadOnlyList<string> Files, int SequenceLength)
{
    /// <summary>Gold files: their questions are never learned, whichever file contains them.</summary>
    public IReadOnlyList<string> GoldFiles { get; init; } = [];

    /// <summary>Fraction of the pairs that is held out; their questions do not occur in training.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>True to exclude and count invalid rows; false to throw at the first.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>Seed of the selection of held-out pairs.</summary>
    public long Seed { get; init; } = 1234;
}
