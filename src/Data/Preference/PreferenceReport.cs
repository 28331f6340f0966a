using TurkishLlm.Data.FineTuning;

namespace TurkishLlm.Data.Preference;

/// <summary>What became of the rows of one file of pairs.</summary>
/// <param name="File">The file.</param>
/// <param name="Rows">Rows by what became of them.</param>
/// <param name="Problems">The first rows that could not be read, and why.</param>
public sealed record PreferenceReport(string File, IReadOnlyDictionary<RowOutcome, long> Rows, IReadOnlyList<string> Problems);
