using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>
/// Spells conversations for comparison: role, text, context, tool call, and "(read)" for answers that are not learned.
/// </summary>
internal static class ConversationText
{
    public static string Spell(ConversationRow row) => Spell(row.Conversation!);

    public static string Spell(Conversation conversation) => string.Join('|', conversation.Messages.Select(m =>
        $"{ChatMessage.GetRoleName(m.Role)} {m.Text}"
        + $"{(m.Context.Count > 0 ? $" [{string.Join(';', m.Context)}]" : "")}"
        + $"{(m.ToolCall is { } call ? $" → {call}" : "")}"
        + $"{(m.Role == ChatRole.Assistant && !m.IsLearned ? " (read)" : "")}"));
}
