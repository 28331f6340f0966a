namespace TurkishLlm.Server;

/// <summary>A passage of the documentation that the model answers from.</summary>
/// <param name="Source">File or section, for citations.</param>
/// <param name="Text">The text.</param>
/// <param name="Score">Score of the search; null for a text that is given with every question.</param>
public sealed record Passage(string Source, string Text, double? Score);

/// <summary>Finds the passages for a question, best match last. Called from several threads at once.</summary>
/// <param name="question">The question.</param>
public delegate IReadOnlyList<Passage> FindPassages(string question);
