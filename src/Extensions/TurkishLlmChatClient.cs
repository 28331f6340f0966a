using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Generation;
using AiMessage = Microsoft.Extensions.AI.ChatMessage;

namespace TurkishLlm.Extensions;

/// <summary>A local model as the chat client of Microsoft.Extensions.AI, for Semantic Kernel and other libraries.</summary>
/// <remarks>
/// May be used from several threads: conversations are answered together. Answers are those of <c>turkishllm chat</c> for the
/// same seed. Structured output is generated under the schema (see <see cref="Inference.Constraints.Grammar"/>). Spec: GEN-31,
/// GEN-32.
/// </remarks>
public sealed class TurkishLlmChatClient : IChatClient
{
    private readonly LocalModel _model;
    private readonly SamplingOptions _defaults;
    private readonly ILogger _logger;
    private readonly ChatClientMetadata _metadata;
    private readonly bool _ownsModel;

    /// <summary>Creates a client of a model that the caller disposes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="defaults">Sampling options of requests that do not give them; null for those of <c>chat</c>.</param>
    /// <param name="logger">Receives one message per answer, without its text; null for none.</param>
    public TurkishLlmChatClient(LocalModel model, SamplingOptions? defaults = null, ILogger? logger = null)
        : this(model, defaults, logger, ownsModel: false)
    {
    }

    private TurkishLlmChatClient(LocalModel model, SamplingOptions? defaults, ILogger? logger, bool ownsModel)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _defaults, _ownsModel) = (model, defaults ?? ChatOptionsReader.Defaults, ownsModel);
        _defaults.Validate();
        _logger = logger ?? NullLogger.Instance;
        _metadata = new("turkishllm", defaultModelId: model.Name);
    }

    /// <summary>Loads a model and creates a client that disposes it.</summary>
    /// <inheritdoc cref="LocalModel.Load"/>
    /// <param name="folder">A folder that <c>turkishllm checkpoint export</c> wrote, of a model trained on conversations.</param>
    /// <param name="defaults">Sampling options of requests that do not give them; null for those of <c>chat</c>.</param>
    /// <param name="logger">Receives one message per answer, without its text; null for none.</param>
    public static TurkishLlmChatClient Load(string folder, SamplingOptions? defaults = null, ILogger? logger = null) =>
        new(LocalModel.Load(folder, logger: logger), defaults, logger, ownsModel: true);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The messages are not a conversation, or are too long.</exception>
    /// <exception cref="NotSupportedException">An option or a content that would change the answer is not supported.</exception>
    /// <exception cref="QueueFullException">Too many requests are waiting.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<AiMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = Read(messages, options);
        var text = _model.Scheduler.Submit(request, cancellationToken);
        var result = await text.Result.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        Log(request, result);
        return new(ChatReply.CreateMessage(result.Answer))
        {
            ModelId = _model.Name,
            FinishReason = ChatReply.GetFinishReason(result.Answer),
            Usage = ChatReply.CountTokens(request, result),
            ResponseId = ChatReply.CreateId(),
        };
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The messages are not a conversation, or are too long.</exception>
    /// <exception cref="NotSupportedException">An option or a content that would change the answer is not supported.</exception>
    /// <exception cref="QueueFullException">Too many requests are waiting.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<AiMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = Read(messages, options);
        var id = ChatReply.CreateId();
        // A caller that stops reading ends the text too.
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var text = _model.Scheduler.Submit(request, left.Token);
        try
        {
            await foreach (var part in text.Parts.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                if (part.Text.Length > 0) yield return Update([new TextContent(part.Text)]);
            var result = await text.Result.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            Log(request, result);
            var rest = ChatReply.CreateMessage(result.Answer).Contents.Where(content => content is not TextContent)
                .Append(new UsageContent(ChatReply.CountTokens(request, result)));
            yield return Update([.. rest], ChatReply.GetFinishReason(result.Answer));
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
        }

        ChatResponseUpdate Update(IList<AIContent> contents, ChatFinishReason? ending = null) => new(ChatRole.Assistant, contents)
        {
            ModelId = _model.Name, ResponseId = id, MessageId = id, FinishReason = ending,
        };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(ChatClientMetadata)) return _metadata;
        if (serviceType == typeof(LocalModel)) return _model;
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsModel) _model.Dispose();
    }

    private TextRequest Read(IEnumerable<AiMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return ChatOptionsReader.Read(_model, _defaults, ConversationMapper.Map(messages), options);
    }

    private void Log(TextRequest request, TextResult result) => ChatLog.Answered(
        _logger, _model.Name, (long)result.Total.TotalMilliseconds, request.Prompt.Count, result.CachedTokens,
        result.Answer.TokenIds.Count, result.Answer.FinishReason);
}
