using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Extensions;

/// <summary>
/// A server of the Model Context Protocol, run as a process that speaks over standard input and output, with its tools.
/// </summary>
/// <remarks>
/// The process may crash, hang, flood or send nonsense: a call then fails with a reason, within the time limit of the caller. The
/// process is killed when this object is disposed.
/// </remarks>
public sealed class McpServer : IAsyncDisposable
{
    private const int MaxLine = 4 << 20, MaxTools = 128;

    private static readonly TimeSpan ExitTime = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private McpClient? _client;

    private McpServer(Process process) => _process = process;

    /// <summary>The tools of the server.</summary>
    public IReadOnlyList<ITool> Tools { get; private set; } = [];

    /// <summary>Starts a server and lists its tools.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="timeout">Maximum duration of the start.</param>
    /// <param name="errors">Receives the standard error of the server; <see cref="TextWriter.Null"/> to discard it.</param>
    /// <param name="clock">Measures the time limit.</param>
    /// <param name="cancellationToken">Ends the start and the process.</param>
    /// <exception cref="InvalidDataException">
    /// The program cannot be started, does not answer in time, or has no tools; the message ends with what it wrote last.
    /// </exception>
    public static async Task<McpServer> StartAsync(
        IReadOnlyList<string> words, TimeSpan timeout, TextWriter errors, TimeProvider clock,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(errors);
        var log = new McpErrorLog(errors);
        var server = new McpServer(StartProcess(words, log));
        try
        {
            await server.ConnectAsync(timeout, clock, cancellationToken).WaitAsync(timeout, clock, cancellationToken)
                .ConfigureAwait(false);
            return server;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new InvalidDataException(
                $"The MCP server \"{string.Join(' ', words)}\" did not start: {Explain(error, timeout)}{log.Last}", error);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the connection and kills the process if it does not end by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_client is not null)
                await _client.DisposeAsync().AsTask().WaitAsync(ExitTime, TimeProvider.System).ConfigureAwait(false);
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(ExitTime, TimeProvider.System).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or IOException or McpException or InvalidOperationException)
        {
            // The process does not listen, or its pipe is broken already.
        }
        Kill(_process);
        _process.Dispose();
    }

    private static Process StartProcess(IReadOnlyList<string> words, McpErrorLog log)
    {
        if (words.Count == 0 || string.IsNullOrWhiteSpace(words[0]))
            throw new InvalidDataException("The command of an MCP server is empty. Give a program and its arguments.");
        var process = new Process
        {
            StartInfo = new(words[0], words.Skip(1))
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
            _ = log.CopyAsync(process.StandardError);
            return process;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            process.Dispose();
            throw new InvalidDataException(
                $"The MCP server \"{string.Join(' ', words)}\" cannot be started: {GetReason(error)}. Check the path of the "
                    + "program.", error);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended.
        }
    }

    private async Task ConnectAsync(TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        var transport = new StreamClientTransport(
            _process.StandardInput.BaseStream,
            new LineLimitStream(_process.StandardOutput.BaseStream, MaxLine, () => Kill(_process)),
            NullLoggerFactory.Instance);
        var options = new McpClientOptions
        {
            ClientInfo = new() { Name = "turkishllm", Version = "1" },
            InitializationTimeout = timeout,
            // Servers of older revisions may ignore the first request.
            DiscoverProbeTimeout = timeout / 4,
            TimeProvider = clock,
        };
        _client = await McpClient.CreateAsync(transport, options, NullLoggerFactory.Instance, cancellationToken)
            .ConfigureAwait(false);
        var tools = await _client.ListToolsAsync(options: null, cancellationToken).ConfigureAwait(false);
        if (tools.Count is 0 or > MaxTools)
            throw new InvalidDataException(FormattableString.Invariant(
                $"it has {tools.Count} tools; from 1 to {MaxTools} are supported."));
        Tools = [.. tools.Select(tool => new McpTool(tool))];
    }

    // The message of the exception has the working folder too.
    private static string GetReason(System.ComponentModel.Win32Exception error) =>
        new System.ComponentModel.Win32Exception(error.NativeErrorCode).Message;

    private static string Explain(Exception error, TimeSpan timeout) => error is TimeoutException
        ? FormattableString.Invariant($"it did not answer in {timeout.TotalSeconds:0.###} seconds.")
        : error.Message;
}
