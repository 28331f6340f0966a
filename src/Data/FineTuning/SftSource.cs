namespace TurkishLlm.Data.FineTuning;

/// <summary>A file of examples, with its weight.</summary>
/// <param name="Name">Name used in reports.</param>
/// <param name="Path">Path of the file.</param>
/// <param name="Weight">
/// How often an epoch reads each of its rows: 2 is twice, 0.5 is half of the rows, 1.5 is every row once and half of them again.
/// </param>
/// <param name="InputIsContext">True to treat the input of Alpaca rows as retrieved context, which may be shortened.</param>
public sealed record SftSource(string Name, string Path, double Weight = 1, bool InputIsContext = false);
