namespace TurkishLlm.Tokenization;

/// <summary>A file to train on.</summary>
/// <param name="Path">The file. The hash of its bytes identifies its cached counts.</param>
/// <param name="ReadDocuments">Reads the documents of the file, in order.</param>
/// <param name="Reading">
/// How the documents are found in the file; empty for text. Counts are only reused if the file is read in the same way.
/// </param>
public sealed record TrainingSource(string Path, Func<IEnumerable<string>> ReadDocuments, string Reading = "");
