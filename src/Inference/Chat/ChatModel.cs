using System.Globalization;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Chat;

/// <summary>A language model for conversations, with its tokenizer, its template and a cache of the last prompt.</summary>
/// <remarks>
/// Answers one conversation at a time, so there is no padding and answers are independent of each other. Spec: GEN-10, GEN-13,
/// GEN-15, EVL-06, EVL-08, EVL-14.
/// </remarks>
public sealed class ChatModel : IAnswerModel
{
    private readonly IDecoder _decoder;
    private readonly PrefixCache _cache;

    /// <param name="decoder">The decoder. The caller disposes it, after this object.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="template">Renders conversations to tokens.</param>
    public ChatModel(IDecoder decoder, Tokenizer tokenizer, ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        (_decoder, Tokenizer, Template) = (decoder, tokenizer, template);
        _cache = new PrefixCache(decoder, decoder.Config.MaxSeqLen);
    }

    /// <param name="model">A model, run by libtorch. The caller disposes it.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="template">Renders conversations to tokens.</param>
    public ChatModel(LanguageModel model, Tokenizer tokenizer, ChatTemplate template)
        : this(new TensorDecoder(model), tokenizer, template)
    {
    }

    /// <summary>The tokenizer of the template.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The template that renders conversations to tokens.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Length of the longest sequence that the model was trained on, in tokens.</summary>
    public int ContextLength => _decoder.Config.MaxSeqLen;

    /// <inheritdoc/>
    public bool HasTurns => true;

    /// <summary>Number of tokens computed by the model so far; shows what the cache saves.</summary>
    public long ProcessedTokens => _cache.ComputedTokens;

    /// <summary>
    /// Returns the number of tokens that a prompt must leave free for the answer: the requested number, but at most a quarter of
    /// the context.
    /// </summary>
    /// <param name="maxTokens">Maximum number of tokens of the answer.</param>
    public int GetAnswerBudget(int maxTokens) => RetrievalBudget.GetReservedTokens(ContextLength, maxTokens);

    /// <summary>Shortens the retrieved context of a conversation until its prompt and the reserved tokens fit.</summary>
    /// <param name="conversation">A conversation that awaits an answer.</param>
    /// <param name="reservedTokens">Number of tokens to leave free for the answer.</param>
    /// <returns>The conversation, or null if it does not fit even with most of its context removed.</returns>
    public Conversation? FitToContext(Conversation conversation, int reservedTokens) =>
        FitPrompt(Template, Tokenizer, conversation, ContextLength - reservedTokens);

    /// <summary>Shortens the retrieved context of a conversation until its prompt fits.</summary>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="conversation">A conversation that awaits an answer.</param>
    /// <param name="length">Maximum number of tokens of the prompt.</param>
    /// <returns>The conversation, or null if it does not fit even with most of its context removed.</returns>
    public static Conversation? FitPrompt(
        ChatTemplate template, Tokenizer tokenizer, Conversation conversation, int length)
    {
        ArgumentNullException.ThrowIfNull(template);
        var header = template.RenderPrompt(conversation).Count - template.Render(conversation).Ids.Count;
        return ContextTruncator.Truncate(template, tokenizer, conversation, length - header);
    }

    /// <summary>Generates an answer.</summary>
    /// <param name="conversation">A conversation that awaits an answer.</param>
    /// <param name="options">
    /// Sampling options. Every special token ends the answer, except the one that begins a tool call.
    /// </param>
    /// <param name="onText">Receives the text as it is generated, in complete characters.</param>
    /// <param name="stopSequences">Texts before which the answer ends.</param>
    /// <param name="cancellationToken">Ends the answer before the next token.</param>
    /// <exception cref="ArgumentException">The conversation does not await an answer.</exception>
    /// <exception cref="InvalidDataException">
    /// The conversation leaves no room for a token; see <see cref="FitToContext"/>.
    /// </exception>
    public Answer Answer(
        Conversation conversation,
        SamplingOptions options,
        Action<string>? onText = null,
        IReadOnlyList<string>? stopSequences = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var prompt = Template.RenderPrompt(conversation);
        if (prompt.Count >= ContextLength)
            throw new InvalidDataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The conversation has {prompt.Count} tokens; the model's context of {ContextLength} must also "
                        + $"hold the answer. Shorten the conversation."));

        var answer = new AnswerBuilder(Tokenizer, stopSequences ?? [], onText);
        var free = options with { StopIds = [], MaxTokens = Math.Min(options.MaxTokens, ContextLength - prompt.Count) };
        foreach (var id in new TextGenerator(_decoder).Generate(_cache, prompt, free, cancellationToken))
            if (!answer.Push(id)) break;
        return answer.Build(cancellationToken.IsCancellationRequested);
    }

    Answer IAnswerModel.Answer(
        Conversation conversation, SamplingOptions options, CancellationToken cancellationToken) =>
        Answer(conversation, options, onText: null, stopSequences: null, cancellationToken);

    /// <summary>Computes the loss of each token of an answer, including its end of turn.</summary>
    /// <param name="conversation">
    /// A conversation that awaits the answer and leaves room for it; see <see cref="FitToContext"/>.
    /// </param>
    /// <param name="answer">The answer.</param>
    /// <returns>Losses in nats, one per token that training would learn.</returns>
    public IReadOnlyList<double> ComputeLosses(Conversation conversation, ChatMessage answer)
    {
        var prompt = Template.RenderPrompt(conversation);
        return _cache.ComputeLosses(prompt, GetAnswerTokens(prompt, conversation, answer));
    }

    /// <summary>Returns the number of tokens of an answer, including its end of turn.</summary>
    /// <param name="conversation">A conversation that awaits the answer.</param>
    /// <param name="answer">The answer.</param>
    public int CountTokens(Conversation conversation, ChatMessage answer) =>
        GetAnswerTokens(Template.RenderPrompt(conversation), conversation, answer).Count;

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private List<int> GetAnswerTokens(IReadOnlyList<int> prompt, Conversation conversation, ChatMessage answer)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return [.. Template.Render(conversation.Append(answer)).Ids.Skip(prompt.Count)];
    }
}
