using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Microsoft.Extensions.Logging.Abstractions;
using TurkishLlm.Server;

namespace TurkishLlm.Tests.Unit.Serving;

/// <summary>A server of runs on a free port of this machine.</summary>
internal sealed class TestRunServer : IAsyncDisposable
{
    private readonly RunServer _server;

    private TestRunServer(string folder, TimeProvider clock, int port) => _server = new(
        folder, "127.0.0.1", port, comparison => [["runs", .. comparison.Labels.Select(label => $"<{label}>")]],
        NullLoggerFactory.Instance, clock);

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public Uri Address => _server.Address;

    /// <param name="folder">The folder of the runs.</param>
    /// <param name="clock">The clock; null for one that stands still, so that no work has to wait.</param>
    /// <param name="port">The port; 0 for any free one.</param>
    public static async Task<TestRunServer> StartAsync(string folder, TimeProvider? clock = null, int port = 0)
    {
        var server = new TestRunServer(folder, clock ?? new ManualClock(), port);
        await server._server.StartAsync(TestContext.Current.CancellationToken);
        server.Http.BaseAddress = server.Address;
        return server;
    }

    public async Task<(int Status, string Text)> GetAsync(string path)
    {
        using var reply = await Http.GetAsync(path, TestContext.Current.CancellationToken);
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Reads a page, which must be HTML without errors.</summary>
    public async Task<IHtmlDocument> OpenAsync(string path, int status = 200)
    {
        var (found, text) = await GetAsync(path);
        Assert.Equal(status, found);
        return new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(text);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.StopAsync();
        await _server.DisposeAsync();
    }
}

/// <summary>A clock that a test moves.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _now;

    /// <summary>How far the clock moves by itself whenever it is read.</summary>
    public TimeSpan PerReading { get; set; }

    public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, PerReading.Ticks);
}
