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

    private const string Reply = "reply of the service";

    private readonly HttpClient _http = RetryAfterHandler.CreateClient();
    private readonly HttpClientPipelineTransport _transport;
    private readonly ApiKeyCredential _key;
    private readonly Uri? _endpoint;
    private readonly TimeSpan _timeout;
    private readonly bool _schema;
    private readonly ProviderExceptionFactory _failures;

    /// <param name="key">The API key. It is stored only in the client.</param>
    /// <param name="endpoint">Base address of the service, such as http://localhost:8000/v1; null for OpenAI's.</param>
    /// <param name="timeout">Maximum time to wait for a reply.</param>
    /// <param name="useSchema">True to let the service enforce the schema; false to request it in the prompt only.</param>
    public OpenAIProvider(string key, Uri? endpoint, TimeSpan timeout, bool useSchema)
    {
        (_key, _endpoint, _timeout, _schema) = (new(key), endpoint, timeout, useSchema);
        _transport = new(_http);
        _failures = new(endpoint?.Host ?? "OpenAI", key);
    }

    /// <inheritdoc/>
    public Task<ModelReply> GetReplyAsync(ModelRequest request, int attempt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return GuardAsync(async () =>
        {
            var options = new RequestOptions { CancellationToken = cancellationToken };
            options.SetHeader("Idempotency-Key", request.GetKey(attempt));
            var client = new ChatClient(request.Model, _key, Configure(new OpenAIClientOptions()));
            var result = await client.CompleteChatAsync(
                BinaryContent.CreateJson(CreateBody(request).ToJsonString(JsonText.Options)), options);
            return ParseReply(StrictJson.ParseNode(result.GetRawResponse().Content.ToArray(), Reply));
        });
    }

    /// <inheritdoc/>
    public Task<string> SubmitAsync(
        string submission, IReadOnlyDictionary<string, ModelRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return GuardAsync(async () =>
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
        return GuardAsync(async () =>
        {
            await foreach (
                var page in CreateBatchClient()
                    .GetBatchesAsync(null, 100, new RequestOptions { CancellationToken = cancellationToken })
                    .GetRawPagesAsync())
                foreach (var batch in StrictJson.ParseNode(page.GetRawResponse().Content.ToArray(), Reply)["data"]!.AsArray())
                    if ((string?)batch!["metadata"]?[NameKey] == sent.Submission) return (string?)batch["id"];
            return null;
        });
    }

    /// <inheritdoc/>
    public Task<bool> HasEndedAsync(string batch, CancellationToken cancellationToken) => GuardAsync(async () =>
        (string?)(await GetBatchAsync(batch, cancellationToken))["status"]
            is "completed"
                or "failed"
                or "expired"
                or "cancelled");

    /// <inheritdoc/>
    public async IAsyncEnumerable<(string Key, ModelReply? Reply, string Error)> GetResultsAsync(
        string batch,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var made = await GuardAsync(() => GetBatchAsync(batch, cancellationToken));
        foreach (var name in (string?[])[(string?)made["output_file_id"], (string?)made["error_file_id"]])
        {
            if (string.IsNullOrEmpty(name)) continue;
            var file = await GuardAsync(async () =>
                (await CreateFileClient().DownloadFileAsync(name, cancellationToken)).Value.ToString());
            foreach (var line in file.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                yield return await GuardAsync(() => Task.FromResult(ParseResult(StrictJson.ParseNode(line, Reply))));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        _http.Dispose();
    }

    private async Task<JsonNode> GetBatchAsync(string batch, CancellationToken cancellationToken) =>
        StrictJson.ParseNode(
            (await CreateBatchClient().GetBatchAsync(batch, new RequestOptions { CancellationToken = cancellationToken }))
                .GetRawResponse()
                .Content.ToArray(),
            Reply);

    private (string Key, ModelReply? Reply, string Error) ParseResult(JsonNode line)
    {
        var key = (string)line["custom_id"]!;
        return line["response"] is { } response && (int?)response["status_code"] == 200
            ? (key, ParseReply(response["body"]), "")
            : (key, null, (line["error"] ?? line["response"])?.ToJsonString(JsonText.Options) ?? "no reply");
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

    private ModelReply ParseReply(JsonNode? body)
    {
        if (
            body?["choices"] is not JsonArray { Count: > 0 } choices
            || choices[0]?["message"] is not { } message
            || body["usage"] is not { } usage)
            throw _failures.CreateMalformedReply("it has no choice or no token usage");
        return new(
            (string?)message["content"] ?? "",
            (long?)usage["prompt_tokens"] ?? 0, (long?)usage["completion_tokens"] ?? 0,
            (string?)choices[0]!["finish_reason"] ?? "");
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
