using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using TurkishLlm.Model;
using TurkishLlm.Monitoring.Pages;
using TurkishLlm.Server.Api;
using TurkishLlm.Server.Live;

namespace TurkishLlm.Server;

/// <summary>
/// Serves pages about the runs below a folder, which are updated while runs train: a list, the report of each run, and
/// comparisons. Nothing is written, and no file of the folder is served.
/// </summary>
public sealed partial class RunServer : IAsyncDisposable
{
    private const string RunPrefix = "/runs/";

    private readonly LiveRuns _runs;
    private readonly HttpHost _host;
    private readonly string _listensOn;
    private readonly ILogger _logger;

    /// <param name="folder">The folder; it is searched with its subfolders.</param>
    /// <param name="host">Address to listen on: an IP address, or <c>localhost</c>.</param>
    /// <param name="port">Port to listen on (0 = any free port).</param>
    /// <param name="describe">Returns the rows of a comparison's summary: a name, then a value per run.</param>
    /// <param name="logs">Receives failures.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="ConfigurationException">The host or the port is invalid.</exception>
    public RunServer(
        string folder, string host, int port, Func<RunComparison, IReadOnlyList<IReadOnlyList<string>>> describe,
        ILoggerFactory logs, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(describe);
        ArgumentNullException.ThrowIfNull(logs);
        ArgumentNullException.ThrowIfNull(clock);
        if (HttpHost.FindProblem(port) is { } problem) throw new ConfigurationException([problem]);
        _runs = new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), describe, clock);
        _logger = logs.CreateLogger<RunServer>();
        _listensOn = host;
        _host = new(host, port, maxBodyBytes: 1024, corsOrigins: [], logs);
    }

    /// <summary>The address of the running server, with its port.</summary>
    public Uri Address => _host.Address;

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">The port is in use, or the address is not one of this machine.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(AnswerAsync, cancellationToken);

    /// <summary>Stops listening.</summary>
    public Task StopAsync() => _host.StopAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        if (!HttpHost.IsOwnName(_listensOn, context))
            return WriteAsync(context, LivePage.CreateMessage(
                "Wrong host", "The server answers requests to this machine only, and the request names another host. To serve "
                    + "other machines, start it with --host.", 403));
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return WriteAsync(context, LivePage.CreateMessage(
                "Wrong method", $"The pages are read with GET, not with {context.Request.Method}.", 405));
        }
        return context.Request.Path.Value == "/live.js"
            ? PageFiles.WriteAsync(context, "live.js", "text/javascript; charset=utf-8")
            : WriteAsync(context, Render(context.Request));
    }

    private LivePage Render(HttpRequest request)
    {
        var path = request.Path.Value ?? "/";
        try
        {
            return path switch
            {
                "/" => _runs.RenderIndex(),
                "/compare" => _runs.RenderComparison(
                    [.. request.Query["run"].OfType<string>().Distinct(StringComparer.Ordinal)]),
                _ when path.StartsWith(RunPrefix, StringComparison.Ordinal) =>
                    _runs.RenderRun(path[RunPrefix.Length..].TrimEnd('/')),
                _ => LivePage.CreateMessage("Not found", "The address is wrong. All runs are at /.", 404),
            };
        }
        catch (Exception error)
        {
            LogFailure(_logger, path, error);
            return LivePage.CreateMessage(
                "Error", "The page could not be created; the terminal of the server shows why. Please report this bug.", 500);
        }
    }

    private static async Task WriteAsync(HttpContext context, LivePage page)
    {
        var response = context.Response;
        PageFiles.SetHeaders(response, PageFiles.LivePolicy);
        response.StatusCode = page.Status;
        if (page.Status == StatusCodes.Status200OK)
        {
            response.Headers.ETag = page.Tag;
            if (IsKnown(context.Request, page.Tag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        (response.ContentType, response.ContentLength) = ("text/html; charset=utf-8", page.Content.Length);
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(page.Content, context.RequestAborted);
    }

    private static bool IsKnown(HttpRequest request, string tag) =>
        EntityTagHeaderValue.TryParseList([.. request.Headers.IfNoneMatch.OfType<string>()], out var known)
        && known.Any(one => one.Compare(new(tag), useStrongComparison: false) || one.Tag == "*");

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed")]
    private static partial void LogFailure(ILogger logger, string path, Exception error);
}
