namespace TurkishLlm.Tokenization;

/// <summary>A text file to learn from.</summary>
/// <param name="File">The file; the hash of its bytes tells whether counts made earlier are counts of it.</param>
/// <param name="Documents">Reads its documents from the first to the last.</param>
public sealed record TrainingSource(string File, Func<IEnumerable<string>> Documents);
