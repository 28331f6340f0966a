using System.Globalization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>The part of a chat that fits into the context of a model: system prompt, last exchanges and question.</summary>
/// <param name="Conversation">The conversation that the model sees.</param>
/// <param name="DroppedExchanges">Number of exchanges dropped from the beginning.</param>
/// <param name="IsContextTruncated">True if the context of the question was shortened.</param>
/// <remarks>
/// Whole exchanges are dropped, the oldest first; the system prompt and the question are kept. If no exchange is left, the middle
/// of the retrieved context is removed. Spec: GEN-14.
/// </remarks>
public sealed record ChatWindow(Conversation Conversation, int DroppedExchanges, bool IsContextTruncated)
{
    /// <param name="model">The model that answers.</param>
    /// <param name="systemPrompt">The system prompt; null for that of the template.</param>
    /// <param name="earlier">The earlier exchanges.</param>
    /// <param name="question">The question, with its context.</param>
    /// <param name="reservedTokens">Number of tokens to leave free for the answer.</param>
    /// <exception cref="InvalidDataException">The system prompt and the question alone are too long.</exception>
    public static ChatWindow Fit(
        ChatModel model, string? systemPrompt, IReadOnlyList<ChatExchange> earlier, ChatMessage question, int reservedTokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(earlier);
        for (var left = 0; left <= earlier.Count; left++)
        {
            var whole = BuildConversation(systemPrompt, earlier.Skip(left), question);
            if (model.Template.RenderPrompt(whole).Count <= model.ContextLength - reservedTokens)
                return new(whole, left, IsContextTruncated: false);
        }
        var alone = BuildConversation(systemPrompt, [], question);
        return model.FitToContext(alone, reservedTokens) is { } cut
            ? new(cut, earlier.Count, IsContextTruncated: true)
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The question has {model.Template.RenderPrompt(alone).Count} tokens with its system prompt "
                    + $"and context; the model's context has {model.ContextLength}, of which {reservedTokens} are "
                    + $"reserved for the answer. Shorten the question."));
    }

    private static Conversation BuildConversation(string? system, IEnumerable<ChatExchange> earlier, ChatMessage question) => new(
    [
        .. system is null ? Array.Empty<ChatMessage>() : [ChatMessage.System(system)],
        .. earlier.SelectMany(exchange => exchange.Messages),
        question,
    ]);
}

/// <summary>A question and its answer.</summary>
/// <param name="Question">The question, with its retrieved context.</param>
/// <param name="Answer">The answer.</param>
/// <param name="IsComplete">False if the answer was cut off.</param>
public sealed record ChatExchange(ChatMessage Question, ChatMessage Answer, bool IsComplete)
{
    /// <summary>Calls of tools and their outputs, between the question and the answer.</summary>
    public IReadOnlyList<ChatMessage> Steps { get; init; } = [];

    /// <summary>All messages, in order.</summary>
    public IEnumerable<ChatMessage> Messages => [Question, .. Steps, Answer];
}
