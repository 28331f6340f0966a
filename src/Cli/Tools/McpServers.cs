using TurkishLlm.Extensions;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Cli.Tools;

/// <summary>The MCP servers of a command.</summary>
internal sealed class McpServers : IAsyncDisposable
{
    private readonly List<McpServer> _servers = [];
    private readonly TextWriter _log;

    private McpServers(TextWriter log) => _log = log;

    /// <summary>The tools of all servers.</summary>
    public IReadOnlyList<ITool> Tools => [.. _servers.SelectMany(server => server.Tools)];

    /// <summary>Starts the servers one after the other.</summary>
    /// <param name="request">The commands and the time limit of each start.</param>
    /// <param name="logFile">File that receives the standard error of all servers; null to discard it.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="InvalidDataException">A server does not start.</exception>
    public static async Task<McpServers> StartAsync(
        ToolRequest request, string? logFile, CancellationToken cancellationToken)
    {
        var log = request.Servers.Count == 0 || logFile is null
            ? TextWriter.Null
            : TextWriter.Synchronized(new StreamWriter(logFile, append: true));
        var servers = new McpServers(log);
        try
        {
            foreach (var words in request.Servers)
                servers._servers.Add(
                    await McpServer.StartAsync(words, request.Limits.Timeout, log, TimeProvider.System, cancellationToken));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends all servers.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        await _log.DisposeAsync();
    }
}
