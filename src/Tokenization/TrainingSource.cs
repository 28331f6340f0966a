namespace TurkishLlm.Tokenization;

/// <summary>A text file to learn from.</summary>
/// <param name="Path">The file; the hash of its bytes tells whether counts made earlier are counts of it.</param>
/// <param name="ReadDocuments">Reads its documents from the first to the last.</param>
public sealed record TrainingSource(string Path, Func<IEnumerable<string>> ReadDocuments);
