using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>Cuts the retrieved texts of a conversation from their middle until all of it fits; question and answer stay whole.</summary>
public static class ContextTruncator
{
    // What stands where the middle of a text was.
    private const string Gap = " … ";

    // Of a text with fewer tokens nothing useful is left.
    private const int MinTokens = 8;

    /// <param name="template">Renders.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="maxTokens">Most tokens of the rendered conversation.</param>
    /// <returns>The conversation itself where it fits; null where too little context would be left.</returns>
    public static Conversation? Truncate(ChatTemplate template, Tokenizer tokenizer, Conversation conversation, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(conversation);
        var rendered = template.Render(conversation);
        if (rendered.Ids.Count <= maxTokens) return conversation;

        // Tokens of a cut text are not quite those of its parts, hence the loop.
        var all = rendered.Segments.Where(segment => segment.Kind == SegmentKind.Context).Sum(segment => segment.Count);
        var (room, least) = (all - (rendered.Ids.Count - maxTokens), MinTokens * conversation.Messages.Sum(message => message.Context.Count));
        while (least > 0 && room >= least)
        {
            var shorter = Shorten(conversation, tokenizer, room, all);
            if (template.Render(shorter).Ids.Count is var count && count <= maxTokens) return shorter;
            room -= count - maxTokens;
        }
        return null;
    }

    // Every text keeps the same share of its tokens, half of them from its beginning and half from its end.
    private static Conversation Shorten(Conversation conversation, Tokenizer tokenizer, int room, int all) =>
        new([.. conversation.Messages.Select(message => message.Context.Count == 0 ? message : ChatMessage.User(
            message.Text, [.. message.Context.Select(context => Shorten(context, tokenizer, (int)((long)tokenizer.CountTokens(context) * room / all)))]))]);

    private static string Shorten(string text, Tokenizer tokenizer, int most)
    {
        var kept = Math.Max(2, most - tokenizer.CountTokens(Gap));
        var head = tokenizer.GetIndexByTokenCount(text, (kept + 1) / 2, out _);
        var tail = tokenizer.GetIndexByTokenCountFromEnd(text, kept / 2, out _);
        return head < tail ? string.Concat(text.AsSpan(0, head), Gap, text.AsSpan(tail)) : text;
    }
}
