using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TurkishLlm.Training.Distributed.Mpi;

namespace TurkishLlm.Cli.Training;

/// <summary>Starts the processes of a run on this machine, and ends them together.</summary>
internal static class Launcher
{
    /// <summary>Set for the processes: signals of a terminal, which reach all of them at once, are the launcher's to hear.</summary>
    public const string LaunchedVariable = "TURKISHLLM_LAUNCHED";

    // Time for the others to notice by themselves that one has failed; and then, told to stop, to save what was reached.
    private static readonly TimeSpan FailureGracePeriod = TimeSpan.FromSeconds(2), ShutdownTimeout = TimeSpan.FromSeconds(60);

    private const int SigTerm = 15;

    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();

    /// <summary>Runs a command in several processes.</summary>
    /// <param name="arguments">The command line of each.</param>
    /// <param name="count">How many.</param>
    /// <param name="overMpi">True where the processes find each other by Open MPI: on the CPU.</param>
    /// <param name="output">Takes what rank 0 writes.</param>
    /// <param name="errors">Takes the errors of all, each line of another rank than 0 with its number.</param>
    /// <param name="cancellationToken">Passed on to the processes as a signal to save and end; they are waited for as long as that takes.</param>
    /// <returns>The exit code of the first process that failed; 0 when none did.</returns>
    /// <exception cref="IOException">Open MPI does not start.</exception>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, int count, bool overMpi, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        errors = TextWriter.Synchronized(errors);
        using var job = overMpi ? MpiJob.Start(count) : null;
        var port = FindFreePort();
        var ranks = new List<(Process Process, Task Copying)>();
        try
        {
            for (var rank = 0; rank < count; rank++)
            {
                var process = Process.Start(CreateStartInfo(arguments, rank, count, port, job?.Environments[rank] ?? NoEnvironment))!;
                ranks.Add((process, Task.WhenAll(
                    CopyAsync(process.StandardOutput, rank == 0 ? output : TextWriter.Null, ""),
                    CopyAsync(process.StandardError, errors, rank == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[rank {rank}] ")))));
            }
            job?.RetainProcesses(ranks.Select(r => r.Process.Id));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{count} processes, which meet at {IPAddress.Loopback}:{port}: {string.Join(", ", ranks.Select((r, rank) => $"rank {rank} is process {r.Process.Id}"))}"));
            var code = await WaitAsync([.. ranks.Select(r => r.Process)], errors, cancellationToken);
            if (job is { HasEnded: true }) await errors.WriteLineAsync("mpirun has ended before the processes that it connects, and they with it.");
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

    private static async Task<int> WaitAsync(IReadOnlyList<Process> processes, TextWriter errors, CancellationToken cancellationToken)
    {
        var running = Enumerable.Range(0, processes.Count).ToDictionary(rank => processes[rank].WaitForExitAsync(CancellationToken.None));
        var (failed, told, patience) = (new List<(int Rank, int Exit)>(), 0, Task.Delay(Timeout.Infinite, CancellationToken.None));
        await using var stop = cancellationToken.Register(TellToStop);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny([.. running.Keys, patience]);
            if (running.Remove(ended, out var rank))
            {
                if (processes[rank].ExitCode == 0) continue;
                failed.Add((rank, processes[rank].ExitCode));
                if (failed.Count == 1 && !cancellationToken.IsCancellationRequested) patience = Task.Delay(FailureGracePeriod, CancellationToken.None);
            }
            else if (told == 0)
            {
                await errors.WriteLineAsync($"{DescribeExit(FindCause(failed))}; the other processes are being stopped.");
                TellToStop();
                patience = Task.Delay(ShutdownTimeout, CancellationToken.None);
            }
            else
            {
                foreach (var other in running.Values) processes[other].Kill();
                patience = Task.Delay(Timeout.Infinite, CancellationToken.None);
            }
        }
        var cause = FindCause(failed);
        if (IsSignal(cause.Exit) && told == 0) await errors.WriteLineAsync($"{DescribeExit(cause)}.");
        return cause.Exit;

        // Once: a second signal would stop them at once, in the midst of saving.
        void TellToStop()
        {
            if (Interlocked.Exchange(ref told, 1) > 0) return;
            foreach (var process in processes)
                if (!process.HasExited) _ = SendSignal(process.Id, SigTerm);
        }
    }

    // A process that was ended by a signal is why others that lost it fail, whichever was seen to end first. One that was told
    // to stop before it could listen was interrupted.
    private static (int Rank, int Exit) FindCause(List<(int Rank, int Exit)> failed)
    {
        foreach (var (rank, exit) in failed)
            if (IsSignal(exit) && exit != 128 + SigTerm) return (rank, exit);
        return failed.FirstOrDefault() is { Exit: 128 + SigTerm } told ? (told.Rank, (int)ExitCode.Interrupted) : failed.FirstOrDefault();
    }

    // Interrupted is what the program says when it was told to stop; there are 64 signals.
    private static bool IsSignal(int exit) => exit is > 128 and <= 128 + 64 && exit != (int)ExitCode.Interrupted;

    private static string DescribeExit((int Rank, int Exit) cause) => string.Create(CultureInfo.InvariantCulture,
        $"Rank {cause.Rank} {(IsSignal(cause.Exit) ? $"was ended by signal {cause.Exit - 128}" : $"ended with exit code {cause.Exit}")}");

    private static ProcessStartInfo CreateStartInfo(
        IReadOnlyList<string> words, int rank, int count, int port, IReadOnlyDictionary<string, string> environment)
    {
        var start = CreateSelfStartInfo(words);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        foreach (var (name, value) in new[]
        {
            ("RANK", rank), ("LOCAL_RANK", rank), ("WORLD_SIZE", count), ("LOCAL_WORLD_SIZE", count), ("MASTER_PORT", port), (LaunchedVariable, 1),
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
    private static ProcessStartInfo CreateSelfStartInfo(IReadOnlyList<string> words)
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
