using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>A chat: keeps the exchanges and shows the model as many of them as fit into its context.</summary>
/// <remarks>Spec: GEN-13, GEN-14, GEN-15. Not thread-safe.</remarks>
public sealed class ChatSession
{
    private readonly ChatModel _model;
    private readonly List<ChatExchange> _exchanges = [];
    private readonly SamplingOptions _options;
    private readonly IReadOnlyList<string> _stopSequences;
    private string? _systemPrompt;
    private long _questionCount;

    /// <param name="model">The model that answers. The caller disposes it.</param>
    /// <param name="options">Sampling options. The seed of each answer is derived from their seed.</param>
    /// <param name="stopSequences">Texts before which an answer ends.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public ChatSession(ChatModel model, SamplingOptions options, IReadOnlyList<string>? stopSequences = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_model, _options, _stopSequences) = (model, options, stopSequences ?? []);
    }

    /// <summary>The system prompt; null for that of the template. A change takes effect with the next question.</summary>
    /// <exception cref="ArgumentException">The text is blank.</exception>
    public string? SystemPrompt
    {
        get => _systemPrompt;
        set => _systemPrompt = value is null ? null : ChatMessage.System(value).Text;
    }

    /// <summary>The exchanges so far, except those with an empty answer.</summary>
    public IReadOnlyList<ChatExchange> Exchanges => _exchanges;

    /// <summary>Asks a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">
    /// Texts to answer the question from. Texts that the model still sees from earlier questions are not repeated.
    /// </param>
    /// <param name="onText">Receives the answer as it is generated, in complete characters.</param>
    /// <param name="cancellationToken">Ends the answer before the next token; the partial answer is kept.</param>
    /// <exception cref="ArgumentException">The question is blank.</exception>
    /// <exception cref="InvalidDataException">The question is too long for the model. The session is unchanged.</exception>
    public ChatReply Ask(
        string question,
        IReadOnlyList<string>? context = null,
        Action<string>? onText = null,
        CancellationToken cancellationToken = default)
    {
        var (asked, window) = FitWindow(ChatMessage.User(question, context ?? []));
        var answer = _model.Answer(
            window.Conversation, _options with
            {
                Seed = _options.Seed + _questionCount++,
            },
            onText, _stopSequences, cancellationToken);
        if (!string.IsNullOrWhiteSpace(answer.Text))
            _exchanges.Add(new(asked, ChatMessage.Assistant(answer.Text), answer.IsComplete));
        return new(answer, window);
    }

    /// <summary>Removes all exchanges; the system prompt is kept.</summary>
    public void Reset()
    {
        _exchanges.Clear();
        _questionCount = 0;
    }

    /// <summary>
    /// Returns the chat as a training conversation. Exchanges with an incomplete answer are excluded, because a model would learn
    /// to stop early.
    /// </summary>
    /// <returns>The conversation, or null if no exchange remains.</returns>
    public Conversation? ToConversation()
    {
        var whole = _exchanges
            .Where(exchange => exchange.IsComplete)
            .SelectMany(exchange => new[] { exchange.Question, exchange.Answer })
            .ToArray();
        return whole.Length == 0
            ? null
            : new([.. _systemPrompt is null ? Array.Empty<ChatMessage>() : [ChatMessage.System(_systemPrompt)], .. whole]);
    }

    // A text of a dropped exchange is repeated with the question, which may push further exchanges out.
    private (ChatMessage Asked, ChatWindow Window) FitWindow(ChatMessage question)
    {
        for (var seen = 0; ; )
        {
            var visible = _exchanges
                .Skip(seen)
                .SelectMany(exchange => exchange.Question.Context)
                .ToHashSet(StringComparer.Ordinal);
            var asked = ChatMessage.User(question.Text, [.. question.Context.Where(text => !visible.Contains(text))]);
            var window = ChatWindow.Fit(_model, _systemPrompt, _exchanges, asked, _model.GetAnswerBudget(_options.MaxTokens));
            if (window.DroppedExchanges <= seen) return (asked, window);
            seen = window.DroppedExchanges;
        }
    }
}

/// <summary>The result of a question.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Window">The part of the chat that the model saw.</param>
public sealed record ChatReply(Answer Answer, ChatWindow Window);
