using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>
/// Removes the middle of the retrieved texts of a conversation until it fits; question and answer are kept whole.
/// </summary>
public static class ContextTruncator
{
    // Replaces the removed middle of a text.
    private const string Gap = " … ";

    // With fewer tokens, nothing useful remains of a text.
    private const int MinTokens = 8;

    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="maxTokens">Maximum number of tokens of the rendered conversation.</param>
    /// <returns>The conversation itself if it fits; null if too little context would remain.</returns>
    public static Conversation? Truncate(ChatTemplate template, Tokenizer tokenizer, Conversation conversation, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(conversation);
        var rendered = template.Render(conversation);
        if (rendered.Ids.Count <= maxTokens) return conversation;

        // A truncated text can have more tokens than the sum of its parts; therefore loop.
        var all = rendered.Segments.Where(segment => segment.Kind == SegmentKind.Context).Sum(segment => segment.Count);
        var (room, minimum) = (
            all - (rendered.Ids.Count - maxTokens),
            MinTokens * conversation.Messages.Sum(message => message.Context.Count));
        while (minimum > 0 && room >= minimum)
        {
            var shorter = Shorten(conversation, tokenizer, room, all);
            if (template.Render(shorter).Ids.Count is var count && count <= maxTokens) return shorter;
            room -= count - maxTokens;
        }
        return null;
    }

    // All texts keep the same fraction of their tokens, half from the beginning and half from the end.
    private static Conversation Shorten(Conversation conversation, Tokenizer tokenizer, int room, int all) =>
        new([.. conversation.Messages.Select(message => message.Context.Count == 0 ? message : ChatMessage.User(
            message.Text,
            [
                .. message.Context.Select(context =>
                    Shorten(context, tokenizer, (int)((long)tokenizer.CountTokens(context) * room / all))),
            ])),
]);

    private static string Shorten(string text, Tokenizer tokenizer, int maxTokens)
    {
        var kept = Math.Max(2, maxTokens - tokenizer.CountTokens(Gap));
        var head = tokenizer.GetIndexByTokenCount(text, (kept + 1) / 2, out _);
        var tail = tokenizer.GetIndexByTokenCountFromEnd(text, kept / 2, out _);
        return head < tail ? string.Concat(text.AsSpan(0, head), Gap, text.AsSpan(tail)) : text;
    }
}
