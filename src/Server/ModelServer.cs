using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
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
    private readonly WebApplication _app;
    private long _unseeded;

    /// <param name="scheduler">Generates the texts. The caller disposes it after this object.</param>
    /// <param name="template">The chat template; null for a model that was not trained on conversations.</param>
    /// <param name="options">Options.</param>
    /// <param name="logs">Receives one line per request, and failures.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="findPassages">Searches documentation for each question; null for none.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public ModelServer(
        BatchScheduler scheduler, ChatTemplate? template, ServerOptions options, ILoggerFactory logs, TimeProvider clock,
        FindPassages? findPassages = null)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logs);
        options.Validate();
        _parts = new(scheduler, template, options, clock);
        var chats = template is null ? null : new ChatRequestReader(scheduler, template, options, findPassages, NextSeed);
        _pipeline = new(_parts, _metrics, CreateEndpoints(chats), logs.CreateLogger<ModelServer>());
        _app = CreateApp(options, logs);
        _app.Run(_pipeline.RunAsync);
    }

    /// <summary>The address of the running server, with its port.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">The port is in use, or the address is not one of this machine.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            throw new IOException(FormattableString.Invariant(
                $"The server cannot listen on {_parts.Options.Host}, port {_parts.Options.Port}: {error.Message.TrimEnd('.')}. ")
                    + "Choose another port (0 = any free port) or address.", error);
        }
    }

    /// <summary>Refuses new requests, waits for the answers in progress, and stops listening.</summary>
    /// <param name="limit">Answers that take longer are cut off.</param>
    public async Task StopAsync(TimeSpan limit)
    {
        _pipeline.IsStopping = true;
        await _parts.Scheduler.StopAsync(limit).ConfigureAwait(false);
        await _app.StopAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static WebApplication CreateApp(ServerOptions options, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "turkishllm" });
        builder.Services.AddLogging();
        builder.Services.Replace(ServiceDescriptor.Singleton(logs));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime>(new CallerLifetime()));
        // Answers that are cut off have been canceled before; the connections need a moment to end.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // One byte more than allowed, so that our own error is sent.
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes + 1;
            kestrel.Limits.MaxConcurrentConnections = 1024;
            kestrel.Listen(ParseHost(options.Host), options.Port);
        });
        if (options.CorsOrigins.Count > 0)
            builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy =>
                policy.WithOrigins([.. options.CorsOrigins]).AllowAnyHeader().AllowAnyMethod()));
        var app = builder.Build();
        if (options.CorsOrigins.Count > 0) app.UseCors();
        return app;
    }

    private static IPAddress ParseHost(string host) => host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out var address) ? address
        : throw new ConfigurationException(
            $"host is {host}; it must be localhost or an IP address, such as 127.0.0.1 (this machine only) or 0.0.0.0 (all).");

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

    /// <summary>The caller decides when the server stops; the host must not handle signals of its own.</summary>
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
