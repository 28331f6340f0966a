using System.Globalization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>The part of a chat that a model can see when it is asked: the task, the last exchanges that fit, and the question.</summary>
/// <param name="Conversation">What it sees.</param>
/// <param name="DroppedExchanges">Exchanges at the beginning that it does not see any more.</param>
/// <param name="IsContextTruncated">True where the question's context had to be shortened.</param>
/// <remarks>Whole exchanges leave, the oldest first; task and question stay. Only when none is left, the context is cut from its middle. Spec: GEN-14.</remarks>
public sealed record ChatWindow(Conversation Conversation, int DroppedExchanges, bool IsContextTruncated)
{
    /// <param name="model">Who is asked.</param>
    /// <param name="systemPrompt">The task; null for that of the template.</param>
    /// <param name="earlier">What was said before.</param>
    /// <param name="question">The question, with its context.</param>
    /// <param name="reservedTokens">Tokens to leave free for the answer.</param>
    /// <exception cref="InvalidDataException">Task and question alone are too long.</exception>
    public static ChatWindow Fit(ChatModel model, string? systemPrompt, IReadOnlyList<ChatExchange> earlier, ChatMessage question, int reservedTokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(earlier);
        for (var left = 0; left <= earlier.Count; left++)
        {
            var whole = BuildConversation(systemPrompt, earlier.Skip(left), question);
            if (model.Template.RenderPrompt(whole).Count <= model.ContextLength - reservedTokens) return new(whole, left, IsContextTruncated: false);
        }
        var alone = BuildConversation(systemPrompt, [], question);
        return model.FitToContext(alone, reservedTokens) is { } cut
            ? new(cut, earlier.Count, IsContextTruncated: true)
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"The question has {model.Template.RenderPrompt(alone).Count} tokens with its task and context; the model reads {model.ContextLength}, of which {reservedTokens} are left for the answer. Ask in fewer words."));
    }

    private static Conversation BuildConversation(string? system, IEnumerable<ChatExchange> earlier, ChatMessage question) => new(
    [
        .. system is null ? Array.Empty<ChatMessage>() : [ChatMessage.System(system)],
        .. earlier.SelectMany(exchange => new[] { exchange.Question, exchange.Answer }),
        question,
    ]);
}

/// <summary>A question and its answer.</summary>
/// <param name="Question">The question, with what it was to be answered from.</param>
/// <param name="Answer">The answer.</param>
/// <param name="IsComplete">False where the answer was broken off.</param>
public sealed record ChatExchange(ChatMessage Question, ChatMessage Answer, bool IsComplete);
