using System.ClientModel;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OpenAI;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Server;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>A server on a free port of this machine.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Model = "test-model";

    private readonly ModelServer _server;
    private readonly LineLog _log = new();

    private TestServer(
        IDecoder decoder, BatchOptions? batch, Func<ServerOptions, ServerOptions>? change, FindPassages? find, bool converses,
        ServerTools? tools)
    {
        var options = new ServerOptions(Model) { Port = 0, Defaults = SamplingOptions.Greedy(64), MaxChoices = 4 };
        Scheduler = new(decoder, ScriptedModel.Tokenizer, batch ?? new(), TimeProvider.System);
        _server = new(
            Scheduler, converses ? new ChatTemplate(ScriptedModel.Tokenizer, "Kısa yanıt ver.") : null,
            change?.Invoke(options) ?? options, _log, TimeProvider.System, find, tools);
    }

    public BatchScheduler Scheduler { get; }

    public HttpClient Http { get; } = new();

    public Uri Address => _server.Address;

    /// <summary>Lines of the log.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    public static async Task<TestServer> StartAsync(
        IDecoder decoder, BatchOptions? batch = null, Func<ServerOptions, ServerOptions>? change = null,
        FindPassages? find = null, bool converses = true, ServerTools? tools = null)
    {
        var server = new TestServer(decoder, batch, change, find, converses, tools);
        await server._server.StartAsync(TestContext.Current.CancellationToken);
        server.Http.BaseAddress = server.Address;
        return server;
    }

    public OpenAIClient CreateClient(string key = "none") =>
        new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(Address, "v1") });

    /// <summary>Sends JSON and reads the reply.</summary>
    public async Task<(int Status, JsonElement Reply)> PostAsync(string path, string json)
    {
        using var reply = await PostBytesAsync(path, Encoding.UTF8.GetBytes(json));
        var text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)reply.StatusCode, JsonDocument.Parse(text).RootElement);
    }

    public Task<HttpResponseMessage> PostBytesAsync(string path, byte[] bytes, string type = "application/json") =>
        Http.PostAsync(
            path, new ByteArrayContent(bytes) { Headers = { ContentType = new(type) } }, TestContext.Current.CancellationToken);

    /// <summary>Waits until no text is generated or waiting.</summary>
    public async Task WaitUntilIdleAsync()
    {
        while (Scheduler.Counters is not { Running: 0, Waiting: 0 }) await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    public Task StopAsync(TimeSpan limit) => _server.StopAsync(limit);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.StopAsync(TimeSpan.Zero);
        await _server.DisposeAsync();
        Scheduler.Dispose();
    }

    private sealed class LineLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        // As the program does: of ASP.NET Core, only what is wrong.
        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("TurkishLlm.", StringComparison.Ordinal) ? this : new WarningLog(this);

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }

        private sealed class WarningLog(ILogger log) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception,
                Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel)) log.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
