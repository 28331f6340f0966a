using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Model;
using TurkishLlm.Server.Api;
using TurkishLlm.Server.Protocol;
using TurkishLlm.Tokenization.Chat;
using Endpoint = TurkishLlm.Server.Api.Endpoint;

namespace TurkishLlm.Server;

/// <summary>Serves a model over HTTP, with the protocol of OpenAI, and a chat page.</summary>
/// <remarks>
/// Nothing is read from the environment: no variable and no file changes the server. Requests are logged without their text.
/// </remarks>
public sealed class ModelServer : IAsyncDisposable
{
    private readonly ServerParts _parts;
    private readonly ServerMetrics _metrics = new();
    private readonly RequestPipeline _pipeline;
    private readonly HttpHost _host;
    private long _unseeded;

    /// <param name="scheduler">Generates the texts. The caller disposes it after this object.</param>
    /// <param name="template">The chat template; null for a model that was not trained on conversations.</param>
    /// <param name="options">Options.</param>
    /// <param name="logs">Receives one line per request, and failures.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="findPassages">Searches documentation for each question; null for none.</param>
    /// <param name="tools">Tools that the server runs; null for none.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public ModelServer(
        BatchScheduler scheduler, ChatTemplate? template, ServerOptions options, ILoggerFactory logs, TimeProvider clock,
        FindPassages? findPassages = null, ServerTools? tools = null)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logs);
        options.Validate();
        _parts = new(scheduler, template, options, clock) { Tools = tools };
        var chats = template is null ? null : new ChatRequestReader(_parts, template, findPassages, NextSeed);
        _pipeline = new(_parts, _metrics, CreateEndpoints(chats), logs.CreateLogger<ModelServer>());
        // One byte more than allowed, so that our own error is sent.
        _host = new(options.Host, options.Port, options.MaxBodyBytes + 1, options.CorsOrigins, logs);
    }

    /// <summary>The address of the running server, with its port.</summary>
    public Uri Address => _host.Address;

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">The port is in use, or the address is not one of this machine.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) =>
        _host.StartAsync(_pipeline.RunAsync, cancellationToken);

    /// <summary>Refuses new requests, waits for the answers in progress, and stops listening.</summary>
    /// <param name="limit">Answers that take longer are cut off.</param>
    public async Task StopAsync(TimeSpan limit)
    {
        _pipeline.IsStopping = true;
        await _parts.Scheduler.StopAsync(limit).ConfigureAwait(false);
        await _host.StopAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private EndpointTable CreateEndpoints(ChatRequestReader? chats)
    {
        var tokens = new TokenEndpoints(_parts, chats);
        var completions = new CompletionEndpoint(_parts, new(_parts.Scheduler, _parts.Options, NextSeed));
        return new([
            new(HttpMethods.Post, "/v1/chat/completions", true,
                chats is null ? _ => throw TokenEndpoints.NoTemplate() : new ChatEndpoint(_parts, chats).RunAsync),
            new(HttpMethods.Post, "/v1/completions", true, completions.RunAsync),
            new(HttpMethods.Get, "/v1/models", true, ListModelsAsync),
            new(HttpMethods.Get, $"/v1/models/{_parts.Options.ModelName}", true, context =>
                JsonReply.WriteAsync(context, DescribeModel(), ReplyJson.Readable.ModelEntry)),
            new(HttpMethods.Post, "/tokenize", true, tokens.TokenizeAsync),
            new(HttpMethods.Post, "/detokenize", true, tokens.DetokenizeAsync),
            new(HttpMethods.Get, "/health", false, ReportHealthAsync),
            new(HttpMethods.Get, "/metrics", true, WriteMetricsAsync),
            .. PageFiles.Endpoints,
        ]);
    }

    private Task ListModelsAsync(HttpContext context) =>
        JsonReply.WriteAsync(context, new("list", [DescribeModel()]), ReplyJson.Readable.ModelList);

    private ModelEntry DescribeModel() => new(_parts.Options.ModelName, "model", 0, "turkishllm", _parts.Scheduler.ContextLength);

    private Task ReportHealthAsync(HttpContext context)
    {
        if (_pipeline.IsStopping) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return JsonReply.WriteAsync(context, new(_pipeline.IsStopping ? "stopping" : "ok"), ReplyJson.Readable.HealthReply);
    }

    private async Task WriteMetricsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.Body.WriteAsync(
            Encoding.UTF8.GetBytes(_metrics.Write(_parts.Scheduler.Counters)), context.RequestAborted);
    }

    private long NextSeed() => unchecked(_parts.Options.Defaults.Seed + Interlocked.Increment(ref _unseeded) - 1);
}
