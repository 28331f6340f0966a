using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>A chat: remembers what was said, and shows the model as much of it as fits.</summary>
/// <remarks>Spec: GEN-13, GEN-14, GEN-15. Not for use by two threads at once.</remarks>
public sealed class ChatSession
{
    private readonly ChatModel _model;
    private readonly List<ChatExchange> _exchanges = [];
    private readonly SamplingOptions _options;
    private readonly IReadOnlyList<string> _stopSequences;
    private string? _systemPrompt;
    private long _questionCount;

    /// <param name="model">Who answers. Not owned.</param>
    /// <param name="options">How it chooses tokens. Every answer has a seed of its own, which follows from this one.</param>
    /// <param name="stopSequences">Texts that answers end before.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public ChatSession(ChatModel model, SamplingOptions options, IReadOnlyList<string>? stopSequences = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_model, _options, _stopSequences) = (model, options, stopSequences ?? []);
    }

    /// <summary>The task; null for that of the template. A new one holds from the next question on.</summary>
    /// <exception cref="ArgumentException">The text is blank.</exception>
    public string? SystemPrompt
    {
        get => _systemPrompt;
        set => _systemPrompt = value is null ? null : ChatMessage.System(value).Text;
    }

    /// <summary>What was said. Exchanges without any answer are not among them.</summary>
    public IReadOnlyList<ChatExchange> Exchanges => _exchanges;

    /// <summary>Asks.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">Texts to answer it from. Those that the model can still see from earlier questions are not given again.</param>
    /// <param name="onText">Takes the answer as it comes, whole characters at a time.</param>
    /// <param name="cancellationToken">Ends the answer before the next token; what was said until then is remembered.</param>
    /// <exception cref="ArgumentException">The question is blank.</exception>
    /// <exception cref="InvalidDataException">The question is too long for the model. Nothing is forgotten.</exception>
    public ChatReply Ask(string question, IReadOnlyList<string>? context = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        var (asked, window) = FitWindow(ChatMessage.User(question, context ?? []));
        var answer = _model.Answer(window.Conversation, _options with { Seed = _options.Seed + _questionCount++ }, onText, _stopSequences, cancellationToken);
        if (!string.IsNullOrWhiteSpace(answer.Text)) _exchanges.Add(new(asked, ChatMessage.Assistant(answer.Text), answer.IsComplete));
        return new(answer, window);
    }

    /// <summary>Forgets what was said; the task stays.</summary>
    public void Reset()
    {
        _exchanges.Clear();
        _questionCount = 0;
    }

    /// <summary>What was said, to be learned from. Answers that were broken off are left out with their questions: they would teach to break off.</summary>
    /// <returns>Null where nothing is left.</returns>
    public Conversation? ToConversation()
    {
        var whole = _exchanges.Where(exchange => exchange.IsComplete).SelectMany(exchange => new[] { exchange.Question, exchange.Answer }).ToArray();
        return whole.Length == 0 ? null : new([.. _systemPrompt is null ? Array.Empty<ChatMessage>() : [ChatMessage.System(_systemPrompt)], .. whole]);
    }

    // A text that leaves with its exchange is given again with the question, for which other exchanges may have to leave.
    private (ChatMessage Asked, ChatWindow Window) FitWindow(ChatMessage question)
    {
        for (var seen = 0; ; )
        {
            var visible = _exchanges.Skip(seen).SelectMany(exchange => exchange.Question.Context).ToHashSet(StringComparer.Ordinal);
            var asked = ChatMessage.User(question.Text, [.. question.Context.Where(text => !visible.Contains(text))]);
            var window = ChatWindow.Fit(_model, _systemPrompt, _exchanges, asked, _model.GetAnswerBudget(_options.MaxTokens));
            if (window.DroppedExchanges <= seen) return (asked, window);
            seen = window.DroppedExchanges;
        }
    }
}

/// <summary>What came of a question.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Window">What the model saw.</param>
public sealed record ChatReply(Answer Answer, ChatWindow Window);
