namespace TurkishLlm.Synthesis.Building;

/// <summary>A message of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">What is said.</param>
public sealed record SftMessage(string Role, string Content);

/// <summary>A row of the first generation: a conversation without context.</summary>
/// <param name="Messages">Instructions, then question and answer in turn.</param>
public sealed record ChatRow(IReadOnlyList<SftMessage> Messages);

/// <summary>A row of the second generation: an answer from a given context.</summary>
/// <param name="System">Instructions.</param>
/// <param name="Context">Chunks, blank lines between them.</param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Id">The pair that it was made of.</param>
/// <param name="Source">Names of the chunks in the context, spaces between them.</param>
public sealed record RagRow(string System, string Context, string Question, string Answer, string Id, string Source);

/// <summary>The rows of both generations on both sides.</summary>
/// <param name="Chat">First generation; true for validation.</param>
/// <param name="Rag">Second generation; true for validation.</param>
/// <param name="Refusals">How many of the second are refusals.</param>
/// <param name="Excluded">Pairs of which no row could be made, by reason.</param>
public sealed record SftRows(ILookup<bool, ChatRow> Chat, ILookup<bool, RagRow> Rag, int Refusals, IReadOnlyDictionary<string, int> Excluded);
