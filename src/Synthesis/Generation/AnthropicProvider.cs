using System.Runtime.CompilerServices;
using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Models.Messages;
using Anthropic.Models.Messages.Batches;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Sends requests to Anthropic's Messages and Message Batches APIs, using Anthropic's library.</summary>
/// <remarks>
/// The library's retries are off, because the journal must have a line for every request. Anthropic documents no
/// <c>Idempotency-Key</c>; it is sent for gateways that support it.
/// </remarks>
public sealed class AnthropicProvider : IReplyProvider, IBatchProvider, IDisposable
{
    private static readonly Uri PublicEndpoint = new("https://api.anthropic.com");
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http = RetryAfterHandler.CreateClient();
    private readonly AnthropicClient _client;
    private readonly ProviderExceptionFactory _failures;
    private readonly bool _schema;

    /// <param name="key">The API key. It is stored only in the client.</param>
    /// <param name="endpoint">Base address of the service; null for the public one.</param>
    /// <param name="timeout">Maximum time to wait for a reply.</param>
    /// <param name="useSchema">True to let the service enforce the schema; false to request it in the prompt only.</param>
    public AnthropicProvider(string key, Uri? endpoint, TimeSpan timeout, bool useSchema)
    {
        _client = new(new ClientOptions
        {
            ApiKey = key,
            BaseUrl = (endpoint ?? PublicEndpoint).ToString().TrimEnd('/'),
            MaxRetries = 0,
            Timeout = timeout,
            HttpClient = _http,
        });
        _failures = new("Anthropic", key);
        _schema = useSchema;
    }

    /// <inheritdoc/>
    public Task<ModelReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return GuardAsync(async () =>
        {
            var key = new Dictionary<string, string> { ["Idempotency-Key"] = request.GetKey(attempt) };
            var message = await _client.Messages.WithOptions(options => options with { ExtraHeaders = key }).Create(new()
            {
                Model = request.Model,
                MaxTokens = request.MaxTokens,
                System = request.System,
                Messages = [CreateUserMessage(request)],
                OutputConfig = CreateOutputConfig(request),
            }, cancellationToken);
            return ParseReply(message);
        });
    }

    /// <inheritdoc/>
    public Task<string> SubmitAsync(
        string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return GuardAsync(async () =>
        {
            var key = new Dictionary<string, string> { ["Idempotency-Key"] = submission };
            var batch = await _client.Messages.Batches.WithOptions(options => options with { ExtraHeaders = key }).Create(new()
            {
                Requests = [.. requests.Select(pair => new Request
                {
                    CustomID = pair.Key,
                    Params = new()
                    {
                        Model = pair.Value.Model,
                        MaxTokens = pair.Value.MaxTokens,
                        System = pair.Value.System,
                        Messages = [CreateUserMessage(pair.Value)],
                        OutputConfig = CreateOutputConfig(pair.Value),
                    },
                })],
            }, cancellationToken);
            return batch.ID;
        });
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A batch has no client-defined name, so a batch of matching size and time is awaited and identified by the keys of its
    /// results.
    /// </remarks>
    public Task<string?> FindAsync(BatchSentEntry sent, IReadOnlyCollection<string> others, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sent);
        ArgumentNullException.ThrowIfNull(others);
        return GuardAsync(async () =>
        {
            for (
                var page = await _client.Messages.Batches.List(new() { Limit = 100 }, cancellationToken);
                ;
                page = await page.Next(cancellationToken))
            {
                foreach (var batch in page.Items)
                {
                    if (batch.CreatedAt < sent.At - MaxClockSkew) return null;
                    var counts = batch.RequestCounts;
                    var size = counts.Processing + counts.Succeeded + counts.Errored + counts.Canceled + counts.Expired;
                    if (
                        size == sent.Keys.Count
                        && !others.Contains(batch.ID)
                        && await IsOursAsync(batch.ID, sent, cancellationToken))
                        return batch.ID;
                }
                if (!page.HasNext()) return null;
            }
        });
    }

    /// <inheritdoc/>
    public Task<bool> HasEndedAsync(string batch, CancellationToken cancellationToken) => GuardAsync(async () =>
        (await _client.Messages.Batches.Retrieve(batch, cancellationToken: cancellationToken)).ProcessingStatus.Value()
        == ProcessingStatus.Ended);

    /// <inheritdoc/>
    public async IAsyncEnumerable<(string Key, ModelReply? Reply, string Error)> GetResultsAsync(
        string batch,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var results = _client
            .Messages.Batches.ResultsStreaming(batch, cancellationToken: cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (await GuardAsync(async () => await results.MoveNextAsync()))
        {
            var result = results.Current;
            if (result.Result.TryPickSucceeded(out var succeeded))
                yield return (result.CustomID, ParseReply(succeeded.Message), "");
            else yield return (result.CustomID, null, result.Result.Json.GetRawText());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    private async Task<bool> IsOursAsync(string batch, BatchSentEntry sent, CancellationToken cancellationToken)
    {
        while (
            (await _client.Messages.Batches.Retrieve(batch, cancellationToken: cancellationToken)).ProcessingStatus.Value()
            != ProcessingStatus.Ended)
            await Task.Delay(TimeSpan.FromSeconds(30), cancellationToken);
        await foreach (var result in _client.Messages.Batches.ResultsStreaming(batch, cancellationToken: cancellationToken))
            return sent.Keys.Contains(result.CustomID);
        return false;
    }

    private OutputConfig? CreateOutputConfig(ModelRequest request) => !_schema ? null : new()
    {
        Format = new() { Schema = JsonText.Deserialize<Dictionary<string, JsonElement>>(request.Schema, "schema") },
    };

    private static MessageParam CreateUserMessage(ModelRequest request) => new UserMessageParam { Content = request.User };

    private ModelReply ParseReply(Message message)
    {
        var text = string.Concat(message.Content.Select(block => block.TryPickText(out var words) ? words.Text : ""));
        if (message.Usage is not { } usage) throw _failures.CreateMalformedReply("it has no token usage");
        return new(text, usage.InputTokens, usage.OutputTokens, message.StopReason?.Raw() ?? "");
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> ask)
    {
        var heard = RetryAfterHandler.Capture();
        try
        {
            return await ask();
        }
        catch (Exception error) when (ProviderExceptionFactory.IsProviderFailure(error))
        {
            throw _failures.Create(error, heard.RetryAfter);
        }
    }
}
