using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TurkishLlm.Cli;

/// <summary>Starts the processes of a run on this machine, and ends them together.</summary>
internal static class Launcher
{
    /// <summary>Set for the processes: signals of a terminal, which reach all of them at once, are the launcher's to hear.</summary>
    public const string Mark = "TURKISHLLM_LAUNCHED";

    // Time for the others to save what was reached, when one has failed.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private const int Terminate = 15;

    /// <summary>Runs a command in several processes.</summary>
    /// <param name="words">The command line of each.</param>
    /// <param name="count">How many.</param>
    /// <param name="output">Takes what rank 0 writes.</param>
    /// <param name="errors">Takes the errors of all, each line of another rank than 0 with its number.</param>
    /// <param name="cancel">Passed on to the processes as a signal to save and end; they are waited for as long as that takes.</param>
    /// <returns>The exit code of the first process that failed; 0 when none did.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, int count, TextWriter output, TextWriter errors, CancellationToken cancel)
    {
        errors = TextWriter.Synchronized(errors);
        var port = FreePort();
        var ranks = new List<(Process Process, Task Copying)>();
        try
        {
            for (var rank = 0; rank < count; rank++)
            {
                var process = Process.Start(StartOf(words, rank, count, port))!;
                ranks.Add((process, Task.WhenAll(
                    CopyAsync(process.StandardOutput, rank == 0 ? output : TextWriter.Null, ""),
                    CopyAsync(process.StandardError, errors, rank == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[rank {rank}] ")))));
            }
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{count} processes, which meet at {IPAddress.Loopback}:{port}: {string.Join(", ", ranks.Select((r, rank) => $"rank {rank} is process {r.Process.Id}"))}"));
            var code = await WaitAsync([.. ranks.Select(r => r.Process)], errors, cancel);
            await Task.WhenAll(ranks.Select(r => r.Copying));
            return code;
        }
        finally
        {
            foreach (var (process, _) in ranks)
            {
                if (!process.HasExited) process.Kill();
                process.Dispose();
            }
        }
    }

    private static async Task<int> WaitAsync(IReadOnlyList<Process> processes, TextWriter errors, CancellationToken cancel)
    {
        var running = Enumerable.Range(0, processes.Count).ToDictionary(rank => processes[rank].WaitForExitAsync(CancellationToken.None));
        var (code, told, patience) = (0, 0, Task.Delay(Timeout.Infinite, CancellationToken.None));
        await using var stop = cancel.Register(TellToStop);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny([.. running.Keys, patience]);
            if (ended == patience)
            {
                foreach (var rank in running.Values) processes[rank].Kill();
                patience = Task.Delay(Timeout.Infinite, CancellationToken.None);
                continue;
            }
            running.Remove(ended, out var gone);
            var exit = processes[gone].ExitCode;
            // Stopped before it could listen to signals.
            if (exit == 128 + Terminate && told > 0 && cancel.IsCancellationRequested) exit = (int)ExitCode.Interrupted;
            if (exit == 0 || code != 0) continue;
            code = exit;
            if (exit == (int)ExitCode.Interrupted || running.Count == 0) continue;
            await errors.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"Rank {gone} {(exit > 128 ? $"was ended by signal {exit - 128}" : $"ended with exit code {exit}")}; the other processes are being stopped."));
            TellToStop();
            patience = Task.Delay(Grace, CancellationToken.None);
        }
        return code;

        // Once: a second signal would stop them at once, in the midst of saving.
        void TellToStop()
        {
            if (Interlocked.Exchange(ref told, 1) > 0) return;
            foreach (var process in processes)
                if (!process.HasExited) _ = Send(process.Id, Terminate);
        }
    }

    private static ProcessStartInfo StartOf(IReadOnlyList<string> words, int rank, int count, int port)
    {
        var start = Self(words);
        foreach (var (name, value) in new[]
        {
            ("RANK", rank), ("LOCAL_RANK", rank), ("WORLD_SIZE", count), ("LOCAL_WORLD_SIZE", count), ("MASTER_PORT", port), (Mark, 1),
        })
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        start.Environment["MASTER_ADDR"] = IPAddress.Loopback.ToString();
        // Held open: its end tells the process that the launcher is gone.
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return start;
    }

    // This program as it was started: by itself, or by `dotnet`.
    private static ProcessStartInfo Self(IReadOnlyList<string> words)
    {
        var assembly = typeof(Launcher).Assembly;
        var host = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(host) == assembly.GetName().Name
            ? new ProcessStartInfo(host, words)
            : new ProcessStartInfo(Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [assembly.Location, .. words]);
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to, string prefix)
    {
        while (await from.ReadLineAsync() is { } line) await to.WriteLineAsync(prefix + line);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
