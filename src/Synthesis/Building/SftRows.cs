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
/// <param name="Context">The passages that chat shows for the question, each with its number, in the order of the documentation.
/// </param>
/// <param name="Question">The question.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Id">The pair from which the row was built.</param>
/// <param name="Source">Ids of the passages that support the answer, separated by spaces; empty for a refusal.</param>
/// <param name="ContextIds">Ids of all passages of the context, in order, separated by spaces.</param>
public sealed record RagRow(
    string System, IReadOnlyList<string> Context, string Question, string Answer, string Id, string Source, string ContextIds);

/// <summary>The rows of both formats and both splits.</summary>
/// <param name="Chat">Rows of format v1; key true for validation.</param>
/// <param name="Rag">Rows of format v2; key true for validation.</param>
/// <param name="Refusals">Number of refusals among the rows of format v2.</param>
/// <param name="Retrieved">
/// Number of answered rows of format v2 with passages that the search finds; in the others they were added.
/// </param>
/// <param name="Excluded">Number of pairs without a row, by reason.</param>
public sealed record SftRows(
    ILookup<bool, ChatRow> Chat, ILookup<bool, RagRow> Rag, int Refusals, int Retrieved,
    IReadOnlyDictionary<string, int> Excluded);
