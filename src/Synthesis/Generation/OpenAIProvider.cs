using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Batch;
using OpenAI.Chat;
using OpenAI.Files;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Sends requests to OpenAI's chat completion and batch APIs, and to compatible services (vLLM, llama.cpp, Ollama, gateways),
/// using OpenAI's library.
/// </summary>
/// <remarks>
/// The library's retries are off, because the journal must have a line for every request. OpenAI documents no
/// <c>Idempotency-Key</c> for completions; it is sent for gateways that support it. The client's name of a batch is sent as
/// metadata, by which the batch is found again.
/// </remarks>
public sealed class OpenAIProvider : IReplyProvider, IBatchProvider, IDisposable
{
    private const string CompletionPath = "/v1/chat/completions", NameKey = "turkishllm";

    private readonly HttpClient _http;
    private readonly HttpClientPipelineTransport _transport;
    private readonly ApiKeyCredential _key;
    private readonly Uri? _endpoint;
    private readonly TimeSpan _timeout;
    private readonly bool _schema;
    private readonly ProviderExceptionFactory _failures;
    private readonly ServiceCalls _calls;

    /// <param name="key">The API key. It is stored only in the client.</param>
    /// <param name="endpoint">Base address of the service, such as http://localhost:8000/v1; null for OpenAI's.</param>
    /// <param name="timeout">Maximum time to wait for a reply.</param>
    /// <param name="useSchema">True to let the service enforce the schema; false to request it in the prompt only.</param>
    /// <param name="time">The clock, for waits until a date.</param>
    public OpenAIProvider(string key, Uri? endpoint, TimeSpan timeout, bool useSchema, TimeProvider time)
    {
        (_key, _endpoint, _timeout, _schema) = (new(key), endpoint, timeout, useSchema);
        _http = ResponseRecorder.CreateClient(time);
        _transport = new(_http);
        _failures = new(endpoint?.Host ?? "OpenAI", key);
        _calls = new(_failures);
    }

    /// <inheritdoc/>
    public async Task<RawReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var body = await _calls.GetBytesAsync(async () =>
        {
            var options = new RequestOptions { CancellationToken = cancellationToken };
            options.SetHeader("Idempotency-Key", request.GetKey(attempt));
            var client = new ChatClient(request.Model, _key, Configure(new OpenAIClientOptions()));
            await client.CompleteChatAsync(
                BinaryContent.CreateJson(CreateBody(request).ToJsonString(JsonText.Options)), options);
        });
        return RawReply.FromBytes(ReplyFormat.OpenAI, body);
    }

    /// <inheritdoc/>
    public Task<string> SubmitAsync(
        string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return _calls.GuardAsync(async () =>
        {
            var lines = string.Concat(requests.Select(pair => new JsonObject
            {
                ["custom_id"] = pair.Key, ["method"] = "POST", ["url"] = CompletionPath, ["body"] = CreateBody(pair.Value),
            }.ToJsonString(JsonText.Options) + "\n"));
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(lines));
            var file = await CreateFileClient()
                .UploadFileAsync(content, $"{NameKey}-{submission}.jsonl", FileUploadPurpose.Batch, cancellationToken);
            var batch = new JsonObject
            {
                ["input_file_id"] = file.Value.Id,
                ["endpoint"] = CompletionPath,
                ["completion_window"] = "24h",
                ["metadata"] = new JsonObject { [NameKey] = submission },
            };
            var options = new RequestOptions { CancellationToken = cancellationToken };
            options.SetHeader("Idempotency-Key", submission);
            var made = await CreateBatchClient()
                .CreateBatchAsync(
                    BinaryContent.CreateJson(batch.ToJsonString(JsonText.Options)), waitUntilCompleted: false, options);
            return made.BatchId;
        });
    }

    /// <inheritdoc/>
    public Task<string?> FindAsync(BatchSentEntry sent, IReadOnlyCollection<string> others, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sent);
        return _calls.GuardAsync(async () =>
        {
            await foreach (
                var page in CreateBatchClient()
                    .GetBatchesAsync(null, 100, new RequestOptions { CancellationToken = cancellationToken })
                    .GetRawPagesAsync())
                foreach (var batch in ParseObject(page.GetRawResponse().Content)["data"] as JsonArray ?? [])
                    if ((batch?["metadata"] as JsonObject)?[NameKey] is JsonValue name && (string?)name == sent.Submission)
                        return (string?)batch["id"];
            return null;
        });
    }

    /// <inheritdoc/>
    public Task<BatchStatus> GetStatusAsync(string batch, CancellationToken cancellationToken) => _calls.GuardAsync(async () =>
    {
        var made = await GetBatchAsync(batch, cancellationToken);
        var counts = made["request_counts"] as JsonObject;
        var hasEnded = (string?)made["status"] is "completed" or "failed" or "expired" or "cancelled";
        return new BatchStatus(
            hasEnded, ReadCount(counts?["completed"]) + ReadCount(counts?["failed"]),
            hasEnded && (string?)made["status"] != "completed" ? ReadError(made) : null);
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<RawReply> GetResultsAsync(
        string batch,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var made = await _calls.GuardAsync(() => GetBatchAsync(batch, cancellationToken));
        foreach (var name in (string?[])[(string?)made["output_file_id"], (string?)made["error_file_id"]])
        {
            if (string.IsNullOrEmpty(name)) continue;
            var file = await _calls.GetBytesAsync(() => CreateFileClient()
                .DownloadFileAsync(name, new RequestOptions { CancellationToken = cancellationToken }));
            foreach (var line in ResultLines.Split(ReplyFormat.OpenAIBatch, file)) yield return line;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        _http.Dispose();
    }

    private async Task<JsonObject> GetBatchAsync(string batch, CancellationToken cancellationToken) =>
        ParseObject(
            (await CreateBatchClient().GetBatchAsync(batch, new RequestOptions { CancellationToken = cancellationToken }))
                .GetRawResponse()
                .Content);

    private JsonObject ParseObject(BinaryData content) =>
        StrictJson.ParseNode(content.ToArray(), "response of the service") as JsonObject
        ?? throw _failures.CreateMalformedReply("it is not a JSON object");

    private static int ReadCount(JsonNode? count) => count is JsonValue value && value.TryGetValue<int>(out var n) ? n : 0;

    private static ServiceError ReadError(JsonObject batch)
    {
        var error = (batch["errors"] as JsonObject)?["data"] is JsonArray { Count: > 0 } errors ? errors[0] : null;
        using var json = StrictJson.Parse(error?.ToJsonString() ?? "null", "error of a batch");
        return error is null ? new(0, [], $"the batch has the status {batch["status"]}") : ServiceError.Read(0, json.RootElement);
    }

    // OpenAI's newer models take the limit under a new key, which other services do not support yet.
    private JsonObject CreateBody(ModelRequest request)
    {
        var body = new JsonObject
        {
            ["model"] = request.Model,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "system", ["content"] = request.System },
                new JsonObject { ["role"] = "user", ["content"] = request.User }),
            [_endpoint is null ? "max_completion_tokens" : "max_tokens"] = request.MaxTokens,
        };
        if (_schema)
            body["response_format"] = new JsonObject
            {
                ["type"] = "json_schema",
                ["json_schema"] = new JsonObject
                {
                    ["name"] = "pairs",
                    ["strict"] = true,
                    ["schema"] = StrictJson.ParseNode(request.Schema, "schema"),
                },
            };
        return body;
    }

    private OpenAIFileClient CreateFileClient() => new(_key, Configure(new OpenAIClientOptions()));

    private BatchClient CreateBatchClient() => new(_key, Configure(new BatchClientOptions()));

    private T Configure<T>(T options)
        where T : ClientPipelineOptions
    {
        options.Transport = _transport;
        options.RetryPolicy = new ClientRetryPolicy(maxRetries: 0);
        options.NetworkTimeout = _timeout;
        options.ClientLoggingOptions = new() { EnableLogging = false };
        if (_endpoint is not null)
        {
            if (options is OpenAIClientOptions openAI) openAI.Endpoint = _endpoint;
            if (options is BatchClientOptions batch) batch.Endpoint = _endpoint;
        }
        return options;
    }
}
