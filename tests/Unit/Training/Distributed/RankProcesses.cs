using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using FluentAssertions;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Distributed.Mpi;

namespace TurkishLlm.Tests.Unit.Training.Distributed;

/// <summary>
/// Runs a test as every rank of a real job: the test process starts a process per rank, which runs the same test and executes its
/// body.
/// </summary>
internal static class RankProcesses
{
    private const string RankVariable = "TURKISHLLM_TEST_RANK";
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>Runs the body of a test as every rank, and checks the exit codes.</summary>
    /// <param name="size">Number of ranks.</param>
    /// <param name="tests">The class of the test.</param>
    /// <param name="body">The body, for every rank.</param>
    /// <param name="codes">Expected exit codes: 128 plus the number of the signal that ends a process. Default: 0.</param>
    /// <param name="engine">Creates the engine of a rank; null for that of MPI.</param>
    /// <param name="environment">Variables of every process; null to start them as a job of MPI.</param>
    /// <param name="watch">What to do with the processes while they run.</param>
    /// <param name="test">The method.</param>
    /// <returns>The output of each process; empty in the process of a rank.</returns>
    public static IReadOnlyList<string> Run(
        int size, Type tests, Action<IProcessGroup> body, IReadOnlyList<int>? codes = null,
        Func<ICollectiveEngine>? engine = null, IReadOnlyDictionary<string, string>? environment = null,
        Action<IReadOnlyList<Process>>? watch = null, [CallerMemberName] string test = "")
    {
        if (Environment.GetEnvironmentVariable(RankVariable) is not null)
        {
            var context = DistributedContext.FromEnvironment(Environment.GetEnvironmentVariable);
            using var group = ProcessGroup.Connect(context, engine?.Invoke() ?? new MpiEngine(), TimeSpan.FromSeconds(60));
            body(group);
            return [];
        }
        using var job = environment is null ? MpiJob.Start(size) : null;
        var port = LoopbackProcessGroups.FreePort();
        var processes = Enumerable.Range(0, size).Select(rank => Process.Start(
            CreateStartInfo(rank, size, port, $"{tests.FullName}.{test}", environment ?? job!.Environments[rank]))!).ToList();
        try
        {
            var said = processes.Select(process => process.StandardOutput.ReadToEndAsync()).ToList();
            var errors = processes.Select(process => process.StandardError.ReadToEndAsync()).ToList();
            watch?.Invoke(processes);
            foreach (var process in processes)
                process.WaitForExit(Timeout).Should().BeTrue("a rank should not run for {0}", Timeout);
            string[] texts = [.. said.Zip(errors, (text, error) => text.Result + error.Result)];
            processes.Select(process => process.ExitCode).Should().Equal(codes ?? new int[size], "{0}", string.Join('\n', texts));
            return texts;
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited) process.Kill();
                process.Dispose();
            }
        }
    }

    private static ProcessStartInfo CreateStartInfo(
        int rank, int size, int port, string test, IReadOnlyDictionary<string, string> environment)
    {
        var suite = typeof(RankProcesses).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [suite, "-method", test, "-noLogo", "-noColor"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var numbers = new[]
        {
            ("RANK", rank), ("LOCAL_RANK", rank), ("WORLD_SIZE", size), ("MASTER_PORT", port), (RankVariable, 1),
        };
        foreach (var (name, value) in numbers)
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        start.Environment["MASTER_ADDR"] = "127.0.0.1";
        return start;
    }
}
