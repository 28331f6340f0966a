using TurkishLlm.Data.Conversations;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>
/// Truncates a conversation to the sequence length: removes the middle of its context first; question and answer are kept.
/// </summary>
/// <remarks>
/// If that is not enough, <see cref="ExcessLengthStrategy"/> decides. Every resulting example has something to learn, and the end
/// of a turn is learned only after a complete answer. Spec: SFT-17, SFT-23, SFT-34.
/// </remarks>
/// <param name="Tokens">The example; null if it does not fit or has nothing to learn.</param>
/// <param name="Outcome">The reason for null; otherwise <see cref="RowOutcome.Train"/>.</param>
/// <param name="Cut">The removed part.</param>
public sealed record TruncationResult(TokenizedExample? Tokens, RowOutcome Outcome, TruncatedPart Cut)
{
    /// <summary>Truncates a row of a file; one of tokens fits or is dropped.</summary>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="row">The row.</param>
    /// <param name="options">Sequence length, strategy and supervision.</param>
    public static TruncationResult TruncateRow(
        ChatTemplate template, Tokenizer tokenizer, ConversationRow row, SftOptions options)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(options);
        if (row.Conversation is { } conversation) return Truncate(template, tokenizer, conversation, options);
        var tokens = row.Tokens!;
        if (tokens.SupervisedCount == 0) return new(null, RowOutcome.NothingToLearn, TruncatedPart.None);
        return tokens.Length <= options.SequenceLength
            ? new(tokens, RowOutcome.Train, TruncatedPart.None)
            : new(null, RowOutcome.AnswerTooLong, TruncatedPart.None);
    }

    /// <summary>Truncates a conversation.</summary>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="options">Sequence length, strategy and supervision.</param>
    public static TruncationResult Truncate(
        ChatTemplate template, Tokenizer tokenizer, Conversation conversation, SftOptions options)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        var maxTokens = options.SequenceLength + 1;
        var rendered = template.Render(conversation, options.Supervision);
        if (rendered.SupervisedCount == 0) return new(null, RowOutcome.NothingToLearn, TruncatedPart.None);
        if (rendered.Ids.Count <= maxTokens) return CreateKept(rendered, TruncatedPart.None);
        if (ContextTruncator.Truncate(template, tokenizer, conversation, maxTokens) is { } shortened)
            return CreateKept(template.Render(shortened, options.Supervision), TruncatedPart.Context);

        var learned = rendered.LossMask.Take(maxTokens).Count(isLearned => isLearned);
        if (options.ExcessLength == ExcessLengthStrategy.Drop)
            return new(null, learned == 0 ? RowOutcome.PromptTooLong : RowOutcome.AnswerTooLong, TruncatedPart.None);
        if (WithoutLastExchange(conversation) is { } earlier)
        {
            var row = Truncate(template, tokenizer, earlier, options);
            return row.Tokens is null ? row : row with { Cut = TruncatedPart.Turns };
        }
        return learned == 0
            ? new(null, RowOutcome.PromptTooLong, TruncatedPart.None)
            : new(
                new([.. rendered.Ids.Take(maxTokens)], [.. rendered.LossMask.Take(maxTokens)]), RowOutcome.Train,
                TruncatedPart.Answer);
    }

    private static TruncationResult CreateKept(RenderedConversation rendered, TruncatedPart cut) =>
        new(new(rendered.Ids, rendered.LossMask), RowOutcome.Train, cut);

    // Null if there is only one exchange.
    private static Conversation? WithoutLastExchange(Conversation conversation)
    {
        var question = conversation.Messages.Count - 1;
        while (question > 0 && conversation.Messages[question].Role != ChatRole.User) question--;
        return conversation.Messages.Take(question).Any(message => message.Role == ChatRole.Assistant)
            ? new([.. conversation.Messages.Take(question)])
            : null;
    }
}

/// <summary>The part of an example that was removed to make it fit.</summary>
public enum TruncatedPart
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
