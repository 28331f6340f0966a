namespace TurkishLlm.Synthesis.Building;

/// <summary>A message of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">The text.</param>
public sealed record SftMessage(string Role, string Content);

/// <summary>A row of format v1: a conversation without context.</summary>
/// <param name="Messages">System prompt, then alternating questions and answers.</param>
public sealed record ChatRow(IReadOnlyList<SftMessage> Messages);

/// <summary>A row of format v2: an answer from a given context.</summary>
/// <param name="System">System prompt.</param>
/// <param name="Context">Chunks, separated by blank lines.</param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Id">The pair from which the row was built.</param>
/// <param name="Source">Ids of the chunks in the context, separated by spaces.</param>
public sealed record RagRow(string System, string Context, string Question, string Answer, string Id, string Source);

/// <summary>The rows of both formats and both splits.</summary>
/// <param name="Chat">Rows of format v1; key true for validation.</param>
/// <param name="Rag">Rows of format v2; key true for validation.</param>
/// <param name="Refusals">Number of refusals among the rows of format v2.</param>
/// <param name="Excluded">Number of pairs without a row, by reason.</param>
public sealed record SftRows(
    ILookup<bool, ChatRow> Chat, ILookup<bool, RagRow> Rag, int Refusals, IReadOnlyDictionary<string, int> Excluded);
