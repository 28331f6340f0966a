using System.Globalization;
using System.Text;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>A model that takes part in conversations: with its tokenizer, its template, and what it has read last.</summary>
/// <remarks>
/// Answers one conversation at a time, so nothing is padded and no answer can depend on another. Spec: GEN-10, GEN-13, GEN-15, EVL-06, EVL-08, EVL-14.
/// </remarks>
public sealed class ChatModel : IDisposable
{
    private readonly LanguageModel _model;
    private readonly PrefixCache _cache;

    /// <param name="model">The model. Not owned.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="template">Makes tokens of conversations.</param>
    public ChatModel(LanguageModel model, Tokenizer tokenizer, ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, Tokenizer, Template) = (model, tokenizer, template);
        _cache = new PrefixCache(model, model.Config.MaxSeqLen);
    }

    /// <summary>The tokenizer of the template.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Makes tokens of conversations.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Tokens of the longest conversation that the model was trained to read.</summary>
    public int ContextLength => _model.Config.MaxSeqLen;

    /// <summary>Tokens that have gone through the model; shows what the cache spares.</summary>
    public long ProcessedTokens => _cache.ComputedTokens;

    /// <summary>Tokens that a prompt leaves free for its answer: as many as are asked for, but no more than a quarter of the context.</summary>
    /// <param name="maxTokens">Most tokens of the answer.</param>
    public int GetAnswerBudget(int maxTokens) => Math.Clamp(ContextLength / 4, 1, maxTokens);

    /// <summary>The conversation with its context cut until a prompt and so many tokens behind it fit.</summary>
    /// <param name="conversation">It awaits an answer.</param>
    /// <param name="reservedTokens">Tokens to leave free.</param>
    /// <returns>Null where even without most of its context it does not fit.</returns>
    public Conversation? FitToContext(Conversation conversation, int reservedTokens)
    {
        var header = Template.RenderPrompt(conversation).Count - Template.Render(conversation).Ids.Count;
        return ContextTruncator.Truncate(Template, Tokenizer, conversation, ContextLength - reservedTokens - header);
    }

    /// <summary>Answers.</summary>
    /// <param name="conversation">It awaits an answer.</param>
    /// <param name="options">How to choose tokens. Every special token ends the answer but the one that calls a tool.</param>
    /// <param name="onText">Takes the text as it comes, whole characters at a time.</param>
    /// <param name="stopSequences">Texts to end before.</param>
    /// <param name="cancellationToken">Ends the answer before the next token.</param>
    /// <exception cref="ArgumentException">The conversation does not await an answer.</exception>
    /// <exception cref="InvalidDataException">The conversation leaves no room for a token; see <see cref="FitToContext"/>.</exception>
    public Answer Answer(
        Conversation conversation, SamplingOptions options, Action<string>? onText = null, IReadOnlyList<string>? stopSequences = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var prompt = Template.RenderPrompt(conversation);
        if (prompt.Count >= ContextLength)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"The conversation has {prompt.Count} tokens, and the model reads {ContextLength} with the answer. Shorten it."));

        var (ids, text, call) = (new List<int>(), new StringBuilder(), (StringBuilder?)null);
        var (decoder, stop) = (new StreamingDecoder(Tokenizer), new StopSequenceFilter(stopSequences ?? []));
        var ending = FinishReason.Length;
        var free = options with { StopIds = [], MaxTokens = Math.Min(options.MaxTokens, ContextLength - prompt.Count) };
        foreach (var id in new TextGenerator(_model).Generate(_cache, prompt, free, cancellationToken))
        {
            if (id < SpecialTokens.Count && (id != SpecialTokens.ToolCall || call is not null))
            {
                ending = GetFinishReason(id);
                break;
            }
            ids.Add(id);
            if (id == SpecialTokens.ToolCall)
            {
                Say(decoder.Flush());
                Say(stop.Flush(), checkStops: false);
                call = new StringBuilder();
                continue;
            }
            Say(decoder.Push(id));
            if (!stop.HasStopped) continue;
            ending = FinishReason.StopSequence;
            break;
        }
        Say(decoder.Flush());
        Say(stop.Flush(), checkStops: false);
        if (ending == FinishReason.Length && cancellationToken.IsCancellationRequested) ending = FinishReason.Cancelled;
        return new(text.ToString(), ending, ids) { ToolCall = call?.ToString() };

        void Say(string piece, bool checkStops = true)
        {
            if (checkStops && call is null) piece = stop.Push(piece);
            if (piece.Length == 0) return;
            (call ?? text).Append(piece);
            if (call is null) onText?.Invoke(piece);
        }
    }

    /// <summary>The losses of the tokens of an answer, its end of turn the last of them.</summary>
    /// <param name="conversation">It awaits the answer, and leaves room for it; see <see cref="FitToContext"/>.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>Nats, one for each token that training would learn of it.</returns>
    public IReadOnlyList<double> ComputeLosses(Conversation conversation, ChatMessage answer)
    {
        var prompt = Template.RenderPrompt(conversation);
        return _cache.ComputeLosses(prompt, GetAnswerTokens(prompt, conversation, answer));
    }

    /// <summary>How many tokens an answer has, its end of turn included.</summary>
    /// <param name="conversation">It awaits the answer.</param>
    /// <param name="answer">The answer.</param>
    public int CountTokens(Conversation conversation, ChatMessage answer) => GetAnswerTokens(Template.RenderPrompt(conversation), conversation, answer).Count;

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private List<int> GetAnswerTokens(IReadOnlyList<int> prompt, Conversation conversation, ChatMessage answer)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return [.. Template.Render(conversation.Append(answer)).Ids.Skip(prompt.Count)];
    }

    private static FinishReason GetFinishReason(int control) => control switch
    {
        SpecialTokens.EndOfTurn => FinishReason.EndOfTurn,
        SpecialTokens.StartHeader or SpecialTokens.Context or SpecialTokens.ToolOutput or SpecialTokens.BeginOfText => FinishReason.OtherTurn,
        _ => FinishReason.ControlToken,
    };
}
