using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TurkishLlm.Training.Distributed.Mpi;

namespace TurkishLlm.Cli.Training;

/// <summary>Starts the processes of a run on this machine and stops them together.</summary>
internal static class Launcher
{
    /// <summary>Environment variable of the processes: they ignore signals of the terminal, which the launcher handles.</summary>
    public const string LaunchedVariable = "TURKISHLLM_LAUNCHED";

    // Time for the other ranks to detect a failed rank by themselves, and then to save a checkpoint after SIGTERM.
    private static readonly TimeSpan FailureGracePeriod = TimeSpan.FromSeconds(2), ShutdownTimeout = TimeSpan.FromSeconds(60);

    private const int SigTerm = 15;

    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();

    /// <summary>Runs a command in several processes.</summary>
    /// <param name="arguments">Arguments of each process.</param>
    /// <param name="count">Number of processes.</param>
    /// <param name="overMpi">True if the processes communicate over Open MPI (on CPUs).</param>
    /// <param name="output">Receives the output of rank 0.</param>
    /// <param name="errors">Receives the errors of all ranks; lines of ranks above 0 start with the rank.</param>
    /// <param name="cancellationToken">Sends SIGTERM to the processes and waits until they have saved a checkpoint.</param>
    /// <returns>The exit code of the first process that failed; 0 if none failed.</returns>
    /// <exception cref="IOException">Open MPI cannot be started.</exception>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        int count, bool overMpi, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        errors = TextWriter.Synchronized(errors);
        using var job = overMpi ? MpiJob.Start(count) : null;
        var port = FindFreePort();
        var ranks = new List<(Process Process, Task Copying)>();
        try
        {
            for (var rank = 0; rank < count; rank++)
            {
                var process = Process.Start(
                    CreateStartInfo(arguments, rank, count, port, job?.Environments[rank] ?? NoEnvironment))!;
                ranks.Add((process, Task.WhenAll(
                    CopyAsync(process.StandardOutput, rank == 0 ? output : TextWriter.Null, ""),
                    CopyAsync(
                        process.StandardError, errors,
                        rank == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[rank {rank}] ")))));
            }
            job?.RetainProcesses(ranks.Select(r => r.Process.Id));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{count} processes, rendezvous at {IPAddress.Loopback}:{port}: "
                    + $"{string.Join(", ", ranks.Select((r, rank) => $"rank {rank} is process {r.Process.Id}"))}"));
            var code = await WaitAsync([.. ranks.Select(r => r.Process)], errors, cancellationToken);
            if (job is { HasEnded: true })
                await errors.WriteLineAsync("mpirun ended before the processes of the run and stopped them.");
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

    private static async Task<int> WaitAsync(
        IReadOnlyList<Process> processes, TextWriter errors, CancellationToken cancellationToken)
    {
        var running = Enumerable
            .Range(0, processes.Count)
            .ToDictionary(rank => processes[rank].WaitForExitAsync(CancellationToken.None));
        var (failed, stopRequested, patience) = (
            new List<(int Rank, int Exit)>(), 0,
            Task.Delay(Timeout.Infinite, CancellationToken.None));
        await using var stop = cancellationToken.Register(RequestStop);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny([.. running.Keys, patience]);
            if (running.Remove(ended, out var rank))
            {
                if (processes[rank].ExitCode == 0) continue;
                failed.Add((rank, processes[rank].ExitCode));
                if (failed.Count == 1 && !cancellationToken.IsCancellationRequested)
                    patience = Task.Delay(FailureGracePeriod, CancellationToken.None);
            }
            else if (stopRequested == 0)
            {
                await errors.WriteLineAsync($"{DescribeExit(FindCause(failed))}; stopping the other processes.");
                RequestStop();
                patience = Task.Delay(ShutdownTimeout, CancellationToken.None);
            }
            else
            {
                foreach (var other in running.Values) processes[other].Kill();
                patience = Task.Delay(Timeout.Infinite, CancellationToken.None);
            }
        }
        var cause = FindCause(failed);
        if (IsSignal(cause.Exit) && stopRequested == 0) await errors.WriteLineAsync($"{DescribeExit(cause)}.");
        return cause.Exit;

        // Only once: a second signal would end the processes before they have saved.
        void RequestStop()
        {
            if (Interlocked.Exchange(ref stopRequested, 1) > 0) return;
            foreach (var process in processes)
                if (!process.HasExited) _ = SendSignal(process.Id, SigTerm);
        }
    }

    // A process killed by a signal is the cause of the failures of other ranks, even if they ended first. A process that received
    // SIGTERM before it handled signals counts as interrupted.
    private static (int Rank, int Exit) FindCause(List<(int Rank, int Exit)> failed)
    {
        foreach (var (rank, exit) in failed)
            if (IsSignal(exit) && exit != 128 + SigTerm) return (rank, exit);
        return failed.FirstOrDefault() is { Exit: 128 + SigTerm } stopped
            ? (stopped.Rank, (int)ExitCode.Interrupted)
            : failed.FirstOrDefault();
    }

    // ExitCode.Interrupted is the exit code of a process that stopped on request. There are 64 signals.
    private static bool IsSignal(int exit) => exit is > 128 and <= 128 + 64 && exit != (int)ExitCode.Interrupted;

    private static string DescribeExit((int Rank, int Exit) cause) => string.Create(CultureInfo.InvariantCulture,
        $"Rank {cause.Rank} "
            + $"{(IsSignal(cause.Exit) ? $"was killed by signal {cause.Exit - 128}" : $"exited with code {cause.Exit}")}");

    private static ProcessStartInfo CreateStartInfo(
        IReadOnlyList<string> words, int rank, int count, int port, IReadOnlyDictionary<string, string> environment)
    {
        var start = CreateSelfStartInfo(words);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        foreach (var (name, value) in new[]
        {
            ("RANK", rank),
            ("LOCAL_RANK", rank), ("WORLD_SIZE", count), ("LOCAL_WORLD_SIZE", count), ("MASTER_PORT", port),
            (LaunchedVariable, 1),
        })
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        start.Environment["MASTER_ADDR"] = IPAddress.Loopback.ToString();
        // Standard input stays open; its end notifies the process that the launcher has ended.
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return start;
    }

    // Starts this program in the same way: as an executable, or with `dotnet`.
    private static ProcessStartInfo CreateSelfStartInfo(IReadOnlyList<string> words)
    {
        var assembly = typeof(Launcher).Assembly;
        var host = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(host) == assembly.GetName().Name
            ? new ProcessStartInfo(host, words)
            : new ProcessStartInfo(
                Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
                [assembly.Location, .. words]);
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to, string prefix)
    {
        while (await from.ReadLineAsync() is { } line) await to.WriteLineAsync(prefix + line);
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
