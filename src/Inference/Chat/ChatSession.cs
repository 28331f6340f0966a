using TurkishLlm.Inference.Generation;
using TurkishLlm.Inference.Tools;
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

    /// <summary>Runs tools that the model calls; null for none.</summary>
    public ToolLoop? Tools { get; init; }

    /// <summary>The system prompt as the model reads it, with the tools; null for that of the template.</summary>
    public string? FullSystemPrompt =>
        Tools is null ? _systemPrompt : ToolPrompt.Describe(_systemPrompt ?? _model.Template.System, Tools.Tools.Definitions);

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
        var reply = Answer(
            window.Conversation, _options with { Seed = _options.Seed + _questionCount++ }, onText, cancellationToken);
        var answer = reply.Answer;
        if (!string.IsNullOrWhiteSpace(answer.Text))
            _exchanges.Add(
                new(asked, ChatMessage.Assistant(answer.Text), answer.IsComplete && reply.Ending == ToolEnding.Answered)
                {
                    Steps = [.. reply.Conversation.Messages.Skip(window.Conversation.Messages.Count)],
                });
        return new(answer, window) { Tools = reply };
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
            .SelectMany(exchange => exchange.Messages)
            .ToArray();
        return whole.Length == 0
            ? null
            : new([.. FullSystemPrompt is { } system ? [ChatMessage.System(system)] : Array.Empty<ChatMessage>(), .. whole]);
    }

    private ToolAnswer Answer(
        Conversation conversation, SamplingOptions options, Action<string>? onText, CancellationToken cancellationToken)
    {
        var hasText = false;
        if (Tools is null) return new(Turn(conversation, cancellationToken), conversation, []);
        // The model itself is synchronous; only tools are awaited.
        return Tools.RunAsync(
            conversation, options.MaxTokens, (asked, stop) => Task.FromResult(Turn(asked, stop)), cancellationToken)
            .GetAwaiter().GetResult();

        // The text of a turn after a call begins in a line of its own.
        Answer Turn(Conversation asked, CancellationToken stop)
        {
            if (hasText) onText?.Invoke("\n");
            var answer = _model.Answer(asked, options, onText, _stopSequences, stop);
            hasText = answer.Text.Length > 0;
            return answer;
        }
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
            var window = ChatWindow.Fit(_model, FullSystemPrompt, _exchanges, asked, _model.GetAnswerBudget(_options.MaxTokens));
            if (window.DroppedExchanges <= seen) return (asked, window);
            seen = window.DroppedExchanges;
        }
    }
}

/// <summary>The result of a question.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Window">The part of the chat that the model saw.</param>
public sealed record ChatReply(Answer Answer, ChatWindow Window)
{
    /// <summary>The tools that ran before the answer.</summary>
    public required ToolAnswer Tools { get; init; }
}
