namespace TurkishLlm.Synthesis.Grouping;

/// <summary>Chunks that one request is about.</summary>
/// <param name="Id">Its name for ever: the rule and what it is about, such as <c>r04/tr/hammadde/siparisler</c>.</param>
/// <param name="Rule">Number of the rule, 1 … 11.</param>
/// <param name="Title">What it is about, for people.</param>
/// <param name="Language">Language of all its chunks.</param>
/// <param name="Chunks">Its chunks, in the order in which they are read.</param>
/// <param name="Tokens">Tokens of them all.</param>
public sealed record ChunkGroup(string Id, int Rule, string Title, string Language, IReadOnlyList<string> Chunks, int Tokens);
