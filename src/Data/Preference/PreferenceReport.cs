using TurkishLlm.Data.FineTuning;

namespace TurkishLlm.Data.Preference;

/// <summary>Statistics of the rows of one file of preference pairs.</summary>
/// <param name="File">The file.</param>
/// <param name="Rows">Number of rows by outcome.</param>
/// <param name="Problems">The first invalid rows, with reasons.</param>
public sealed record PreferenceReport(string File, IReadOnlyDictionary<RowOutcome, long> Rows, IReadOnlyList<string> Problems)
{
    /// <summary>Keys of the rows that this program does not know, with their numbers of rows; empty for none.</summary>
    public string UnknownKeys { get; init; } = "";

    /// <summary>What a user should know: skipped rows, and keys that are not used.</summary>
    public IEnumerable<string> Notes =>
        RowNotes.Create(File, Rows.GetValueOrDefault(RowOutcome.Invalid), Problems, UnknownKeys);
}
