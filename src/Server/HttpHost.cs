using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TurkishLlm.Model;

namespace TurkishLlm.Server;

/// <summary>
/// Listens on an address and passes every request to one function. Nothing is read from the environment: no variable and no file
/// changes the server.
/// </summary>
internal sealed class HttpHost : IAsyncDisposable
{
    private readonly string _host;
    private readonly int _port;
    private readonly WebApplication _app;

    /// <param name="host">Address to listen on: an IP address, or <c>localhost</c>.</param>
    /// <param name="port">Port to listen on (0 = any free port).</param>
    /// <param name="maxBodyBytes">Maximum size of a request.</param>
    /// <param name="corsOrigins">Other origins with pages that may send requests.</param>
    /// <param name="logs">Receives warnings.</param>
    /// <exception cref="ConfigurationException">The host is no address.</exception>
    public HttpHost(string host, int port, long maxBodyBytes, IReadOnlyList<string> corsOrigins, ILoggerFactory logs)
    {
        (_host, _port) = (host, port);
        var address = ParseHost(host);
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "turkishllm" });
        builder.Services.AddLogging();
        builder.Services.Replace(ServiceDescriptor.Singleton(logs));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime>(new CallerLifetime()));
        // Answers that are cut off have been canceled before; the connections need a moment to end.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = maxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = 1024;
            kestrel.Listen(address, port);
        });
        if (corsOrigins.Count > 0)
            builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy =>
                policy.WithOrigins([.. corsOrigins]).AllowAnyHeader().AllowAnyMethod()));
        _app = builder.Build();
        if (corsOrigins.Count > 0) _app.UseCors();
    }

    /// <summary>The address of the running server, with its port.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Describes a port that is out of range; null for a valid one.</summary>
    public static ConfigurationProblem? FindProblem(int port) => port is >= 0 and <= 65535 ? null
        : new(FormattableString.Invariant($"port is {port}; it must be from 0 (any free port) to 65535."), "port");

    /// <summary>
    /// Returns true if a request names this machine as its host. A page of another site can make its own name point to this
    /// machine (DNS rebinding); the browser then sends that name. A server for other machines takes every name.
    /// </summary>
    public static bool IsOwnName(string listensOn, HttpContext context)
    {
        var isLocal = IPAddress.TryParse(listensOn, out var address) ? IPAddress.IsLoopback(address) : listensOn == "localhost";
        var asked = context.Request.Host.Host;
        return !isLocal || asked is "localhost" or "127.0.0.1" or "[::1]" or "" || asked == listensOn;
    }

    /// <summary>Starts listening.</summary>
    /// <param name="handle">Answers requests, several at once.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="IOException">The port is in use, or the address is not one of this machine.</exception>
    public async Task StartAsync(RequestDelegate handle, CancellationToken cancellationToken)
    {
        _app.Run(handle);
        try
        {
            await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new IOException(FormattableString.Invariant(
                $"The server cannot listen on {_host}, port {_port}: {error.Message.TrimEnd('.')}. ")
                    + "Choose another port (0 = any free port) or address.", error);
        }
    }

    /// <summary>Stops listening.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static IPAddress ParseHost(string host) => host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out var address) ? address
        : throw new ConfigurationException(
            $"host is {host}; it must be localhost or an IP address, such as 127.0.0.1 (this machine only) or 0.0.0.0 (all).");

    /// <summary>The caller decides when the server stops; the host must not handle signals of its own.</summary>
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
