using TurkishLlm.Tokenization;

namespace TurkishLlm.Data;

/// <summary>Makes a conversation fit into a sequence: context is cut from its middle; question and answer survive.</summary>
/// <remarks>
/// Where that is not enough, <see cref="LongRows"/> decides. Every row that comes out has something to learn, and the end of a
/// turn is learned only behind a whole answer. Spec: SFT-17, SFT-23.
/// </remarks>
/// <param name="Tokens">The example; null where it does not fit, or has nothing to learn.</param>
/// <param name="Refusal">Why not; <see cref="RowFate.Train"/> where there is an example.</param>
/// <param name="Cut">What was taken away.</param>
public sealed record FittedRow(MarkedTokens? Tokens, RowFate Refusal, RowCut Cut)
{
    // What stands where the middle of a context was.
    private const string Gap = " … ";

    // A context of fewer tokens says nothing.
    private const int LeastContext = 8;

    /// <param name="template">Renders.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="conversation">The example.</param>
    /// <param name="options">Length, policy and what is learned.</param>
    public static FittedRow Of(ChatTemplate template, Tokenizer tokenizer, Conversation conversation, SftOptions options)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        var most = options.SequenceLength + 1;
        var rendered = template.Render(conversation, options.Supervision);
        if (rendered.SupervisedCount == 0) return new(null, RowFate.NothingToLearn, RowCut.None);
        if (rendered.Ids.Count <= most) return Kept(rendered, RowCut.None);
        if (WithCutContext(template, tokenizer, conversation, rendered, options) is { } shortened) return Kept(shortened, RowCut.Context);

        var learned = rendered.Supervised.Take(most).Count(marked => marked);
        if (options.LongRows == LongRows.Refuse) return new(null, learned == 0 ? RowFate.PromptTooLong : RowFate.AnswerTooLong, RowCut.None);
        if (WithoutLastExchange(conversation) is { } earlier)
        {
            var row = Of(template, tokenizer, earlier, options);
            return row.Tokens is null ? row : row with { Cut = RowCut.Turns };
        }
        return learned == 0
            ? new(null, RowFate.PromptTooLong, RowCut.None)
            : new(new([.. rendered.Ids.Take(most)], [.. rendered.Supervised.Take(most)]), RowFate.Train, RowCut.Answer);
    }

    private static FittedRow Kept(RenderedConversation rendered, RowCut cut) => new(new(rendered.Ids, rendered.Supervised), RowFate.Train, cut);

    // Null where too little context would be left. Tokens of a cut text are not quite those of its parts, hence the loop.
    private static RenderedConversation? WithCutContext(
        ChatTemplate template, Tokenizer tokenizer, Conversation conversation, RenderedConversation rendered, SftOptions options)
    {
        var (most, least) = (options.SequenceLength + 1, LeastContext * conversation.Messages.Sum(message => message.Context.Count));
        var room = ContextTokens(rendered) - (rendered.Ids.Count - most);
        while (least > 0 && room >= least)
        {
            var shorter = template.Render(ShortenContexts(conversation, rendered, tokenizer, room), options.Supervision);
            if (shorter.Ids.Count <= most) return shorter;
            room -= shorter.Ids.Count - most;
        }
        return null;
    }

    private static int ContextTokens(RenderedConversation rendered) =>
        rendered.Segments.Where(segment => segment.Kind == SegmentKind.Context).Sum(segment => segment.Count);

    // Every context keeps the same share of its tokens, half of them from its beginning and half from its end.
    private static Conversation ShortenContexts(Conversation conversation, RenderedConversation rendered, Tokenizer tokenizer, int room)
    {
        var all = ContextTokens(rendered);
        return new([.. conversation.Messages.Select(message => message.Context.Count == 0 ? message : ChatMessage.User(
            message.Text, [.. message.Context.Select(context => Shorten(context, tokenizer, (int)((long)tokenizer.CountTokens(context) * room / all)))]))]);
    }

    private static string Shorten(string text, Tokenizer tokenizer, int most)
    {
        var kept = Math.Max(2, most - tokenizer.CountTokens(Gap));
        var head = tokenizer.GetIndexByTokenCount(text, (kept + 1) / 2, out _);
        var tail = tokenizer.GetIndexByTokenCountFromEnd(text, kept / 2, out _);
        return head < tail ? string.Concat(text.AsSpan(0, head), Gap, text.AsSpan(tail)) : text;
    }

    // Null where one exchange is all there is.
    private static Conversation? WithoutLastExchange(Conversation conversation)
    {
        var question = conversation.Messages.Count - 1;
        while (question > 0 && conversation.Messages[question].Role != ChatRole.User) question--;
        return conversation.Messages.Take(question).Any(message => message.Role == ChatRole.Assistant) ? new([.. conversation.Messages.Take(question)]) : null;
    }
}

/// <summary>What was taken away from an example to make it fit.</summary>
public enum RowCut
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The middle of its context.</summary>
    Context,

    /// <summary>Its last exchanges.</summary>
    Turns,

    /// <summary>The end of its answer.</summary>
    Answer,
}
