namespace TurkishLlm.Tokenization;

/// <summary>A text file to train on.</summary>
/// <param name="Path">The file. The hash of its bytes identifies its cached counts.</param>
/// <param name="ReadDocuments">Reads the documents of the file, in order.</param>
public sealed record TrainingSource(string Path, Func<IEnumerable<string>> ReadDocuments);
