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

    private readonly HttpClient _http;
    private readonly AnthropicClient _client;
    private readonly ServiceCalls _calls;
    private readonly bool _schema;

    /// <param name="key">The API key. It is stored only in the client.</param>
    /// <param name="endpoint">Base address of the service; null for the public one.</param>
    /// <param name="timeout">Maximum time to wait for a reply.</param>
    /// <param name="useSchema">True to let the service enforce the schema; false to request it in the prompt only.</param>
    /// <param name="time">The clock, for waits until a date.</param>
    public AnthropicProvider(string key, Uri? endpoint, TimeSpan timeout, bool useSchema, TimeProvider time)
    {
        _http = ResponseRecorder.CreateClient(time);
        _client = new(new ClientOptions
        {
            ApiKey = key,
            BaseUrl = (endpoint ?? PublicEndpoint).ToString().TrimEnd('/'),
            MaxRetries = 0,
            Timeout = timeout,
            HttpClient = _http,
        });
        _calls = new(new ProviderExceptionFactory("Anthropic", key));
        _schema = useSchema;
    }

    /// <inheritdoc/>
    public async Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var key = new Dictionary<string, string> { ["Idempotency-Key"] = request.GetKey(attempt) };
        var client = _client.Messages.WithOptions(options => options with { ExtraHeaders = key }).WithRawResponse;
        var body = await _calls.GetBytesAsync(async () =>
        {
            using var response = await client.Create(new()
            {
                Model = request.Model,
                MaxTokens = request.MaxTokens,
                System = request.System,
                Messages = [CreateUserMessage(request)],
                OutputConfig = CreateOutputConfig(request),
            }, cancellationToken);
        });
        return RawReply.FromBytes(ReplyFormat.Anthropic, body);
    }

    /// <inheritdoc/>
    public Task<string> SubmitAsync(
        string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return _calls.GuardAsync(async () =>
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
        return _calls.GuardAsync(async () =>
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
    public Task<BatchStatus> GetStatusAsync(string batch, CancellationToken cancellationToken) => _calls.GuardAsync(async () =>
    {
        var made = await _client.Messages.Batches.Retrieve(batch, cancellationToken: cancellationToken);
        var counts = made.RequestCounts;
        return new BatchStatus(
            made.ProcessingStatus.Value() == ProcessingStatus.Ended,
            (int)(counts.Succeeded + counts.Errored + counts.Canceled + counts.Expired), null);
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<RawReply> GetResultsAsync(
        string batch,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var body = await _calls.GetBytesAsync(async () =>
        {
            using var response = await _client.Messages.Batches.WithRawResponse.ResultsStreaming(
                batch, cancellationToken: cancellationToken);
        });
        foreach (var line in ResultLines.Split(ReplyFormat.AnthropicBatch, body)) yield return line;
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
}
