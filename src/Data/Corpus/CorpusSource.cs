namespace TurkishLlm.Data.Corpus;

/// <summary>A source of a corpus, with its own weight in the mixture.</summary>
/// <param name="Name">Name used in reports.</param>
/// <param name="Path">A file of text, JSON lines or Parquet, or a directory of them; see <see cref="DocumentReader"/>.</param>
/// <param name="Weight">
/// Number of times its training documents are written: 2 writes each twice; 2.5 writes each twice and half of them a third time.
/// Below 1, only that fraction of its documents is kept, for training and for validation. Above 0, at most 100.
/// </param>
/// <param name="CapBytes">Maximum number of bytes of text kept, not counting duplicates; null for no limit.</param>
/// <param name="Domain">Topic of the source, for reports.</param>
/// <param name="TextField">
/// Name of the field of rows that has the text, such as <c>data.text</c>; empty for the first of text, content, raw_content and
/// document.
/// </param>
/// <remarks>
/// Caps and weights select whole documents by a seeded hash of their text, so a cap keeps a sample of the source rather than its
/// beginning, and the selection does not depend on the order of files.
/// </remarks>
public sealed record CorpusSource(
    string Name, string Path, double Weight = 1, long? CapBytes = null, string Domain = "", string TextField = "");
