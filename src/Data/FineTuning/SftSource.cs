namespace TurkishLlm.Data.FineTuning;

/// <summary>A file of examples and how much of it an epoch reads.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Weight">How often an epoch reads a row of it: 2 is twice, 0.5 half of the rows, 1.5 every row once and half of them again.</param>
/// <param name="InputIsContext">True to take the input of Alpaca rows for retrieved context, which may be shortened.</param>
public sealed record SftSource(string Name, string Path, double Weight = 1, bool InputIsContext = false);
