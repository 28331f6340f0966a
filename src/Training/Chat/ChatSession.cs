using TurkishLlm.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Training;

/// <summary>A chat: remembers what was said, and shows the model as much of it as fits.</summary>
/// <remarks>Spec: GEN-13, GEN-14, GEN-15. Not for use by two threads at once.</remarks>
public sealed class ChatSession
{
    private readonly AnsweringModel _model;
    private readonly List<ChatExchange> _exchanges = [];
    private readonly SamplingOptions _options;
    private readonly IReadOnlyList<string> _stops;
    private string? _system;
    private long _asked;

    /// <param name="model">Who answers. Not owned.</param>
    /// <param name="options">How it chooses tokens. Every answer has a seed of its own, which follows from this one.</param>
    /// <param name="stops">Texts that answers end before.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public ChatSession(AnsweringModel model, SamplingOptions options, IReadOnlyList<string>? stops = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_model, _options, _stops) = (model, options, stops ?? []);
    }

    /// <summary>The task; null for that of the template. A new one holds from the next question on.</summary>
    /// <exception cref="ArgumentException">The text is blank.</exception>
    public string? System
    {
        get => _system;
        set => _system = value is null ? null : ChatMessage.System(value).Text;
    }

    /// <summary>What was said. Exchanges without any answer are not among them.</summary>
    public IReadOnlyList<ChatExchange> Exchanges => _exchanges;

    /// <summary>Asks.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">Texts to answer it from. Those that the model can still see from earlier questions are not given again.</param>
    /// <param name="write">Takes the answer as it comes, whole characters at a time.</param>
    /// <param name="cancel">Ends the answer before the next token; what was said until then is remembered.</param>
    /// <exception cref="ArgumentException">The question is blank.</exception>
    /// <exception cref="InvalidDataException">The question is too long for the model. Nothing is forgotten.</exception>
    public ChatReply Ask(string question, IReadOnlyList<string>? context = null, Action<string>? write = null, CancellationToken cancel = default)
    {
        var (asked, window) = Window(ChatMessage.User(question, context ?? []));
        var answer = _model.Answer(window.Conversation, _options with { Seed = _options.Seed + _asked++ }, write, _stops, cancel);
        if (!string.IsNullOrWhiteSpace(answer.Text)) _exchanges.Add(new(asked, ChatMessage.Assistant(answer.Text), answer.IsWhole));
        return new(answer, window);
    }

    /// <summary>Forgets what was said; the task stays.</summary>
    public void Reset()
    {
        _exchanges.Clear();
        _asked = 0;
    }

    /// <summary>What was said, to be learned from. Answers that were broken off are left out with their questions: they would teach to break off.</summary>
    /// <returns>Null where nothing is left.</returns>
    public Conversation? ToConversation()
    {
        var whole = _exchanges.Where(exchange => exchange.IsWhole).SelectMany(exchange => new[] { exchange.Question, exchange.Answer }).ToArray();
        return whole.Length == 0 ? null : new([.. _system is null ? Array.Empty<ChatMessage>() : [ChatMessage.System(_system)], .. whole]);
    }

    // A text that leaves with its exchange is given again with the question, for which other exchanges may have to leave.
    private (ChatMessage Asked, ChatWindow Window) Window(ChatMessage question)
    {
        for (var seen = 0; ; )
        {
            var visible = _exchanges.Skip(seen).SelectMany(exchange => exchange.Question.Context).ToHashSet(StringComparer.Ordinal);
            var asked = ChatMessage.User(question.Text, [.. question.Context.Where(text => !visible.Contains(text))]);
            var window = ChatWindow.Fit(_model, _system, _exchanges, asked, _model.RoomFor(_options.MaxTokens));
            if (window.Left <= seen) return (asked, window);
            seen = window.Left;
        }
    }
}

/// <summary>What came of a question.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Window">What the model saw.</param>
public sealed record ChatReply(Answer Answer, ChatWindow Window);
