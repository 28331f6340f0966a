namespace TurkishLlm.Data.Corpus;

/// <summary>A part of a corpus with a share of its own in the mixture.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Path">A UTF-8 text file or a directory of <c>*.txt</c> files, blank lines between documents.</param>
/// <param name="Weight">
/// How often its training documents are learned from: 2 writes each twice, 2.5 writes each twice and half of them a third time.
/// Below 1 only that share of its documents is kept, for training and for validation. Above 0, at most 100.
/// </param>
/// <param name="CapBytes">Most bytes of text that are kept, duplicates not counted; null keeps all.</param>
/// <param name="Domain">What it is about, for reports.</param>
/// <remarks>
/// Caps and weights choose whole documents by a seeded hash of their text: a cap is a sample of the source and not its
/// beginning, and the choice does not depend on the order of files.
/// </remarks>
public sealed record CorpusSource(string Name, string Path, double Weight = 1, long? CapBytes = null, string Domain = "");
