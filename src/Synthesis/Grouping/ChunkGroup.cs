namespace TurkishLlm.Synthesis.Grouping;

/// <summary>A group of chunks that one request is about.</summary>
/// <param name="Id">Permanent id: the rule and its subject, such as <c>r04/tr/hammadde/siparisler</c>.</param>
/// <param name="Rule">Number of the rule, 1 … 11.</param>
/// <param name="Title">Display title.</param>
/// <param name="Language">Language of all its chunks.</param>
/// <param name="Chunks">Ids of its chunks, in reading order.</param>
/// <param name="Tokens">Total number of tokens of its chunks.</param>
public sealed record ChunkGroup(string Id, int Rule, string Title, string Language, IReadOnlyList<string> Chunks, int Tokens);
