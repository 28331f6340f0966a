using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using FluentAssertions;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>
/// Runs a test as every rank of a real job: the process of the suite starts as many processes as there are ranks, which run the
/// same test and there come to its body.
/// </summary>
internal static class MpiProcesses
{
    private const string Mark = "TURKISHLLM_TEST_RANK";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs the body of a test as every rank.</summary>
    /// <param name="size">How many ranks.</param>
    /// <param name="tests">The class of the test.</param>
    /// <param name="body">What every rank does; what it writes to the console is returned.</param>
    /// <param name="byMpi">False to start the processes as another launcher than that of MPI does.</param>
    /// <param name="watch">What to do with the processes while they run.</param>
    /// <param name="test">The method.</param>
    /// <returns>How each process ended; nothing in the process of a rank.</returns>
    public static IReadOnlyList<Ended> Run(
        int size, Type tests, Action<IProcessGroup> body, bool byMpi = true, Action<IReadOnlyList<Process>>? watch = null, [CallerMemberName] string test = "")
    {
        if (Environment.GetEnvironmentVariable(Mark) is not null)
        {
            using var group = ProcessGroup.Connect(DistributedContext.FromEnvironment(Environment.GetEnvironmentVariable), CPU, TimeSpan.FromSeconds(60));
            body(group);
            return [];
        }
        using var job = byMpi ? MpiJob.Start(size) : null;
        var port = ConnectedProcesses.FreePort();
        var processes = Enumerable.Range(0, size).Select(rank => Process.Start(StartOf(rank, size, port, $"{tests.FullName}.{test}", job))!).ToList();
        try
        {
            var said = processes.Select(process => (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync())).ToList();
            watch?.Invoke(processes);
            foreach (var process in processes) process.WaitForExit(Patience).Should().BeTrue("a rank should not run for {0}", Patience);
            return [.. processes.Zip(said, (process, text) => new Ended(process.ExitCode, text.Item1.Result + text.Item2.Result))];
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

    /// <summary>Demands that every rank ran its body to the end.</summary>
    public static void ShouldAllPass(this IReadOnlyList<Ended> ranks) =>
        ranks.Should().AllSatisfy(rank => rank.Code.Should().Be(0, rank.Said));

    private static ProcessStartInfo StartOf(int rank, int size, int port, string test, MpiJob? job)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MpiProcesses).Assembly.Location, "-method", test, "-noLogo", "-noColor"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in job?.Environments[rank] ?? new Dictionary<string, string>()) start.Environment[name] = value;
        foreach (var (name, value) in new[] { ("RANK", rank), ("LOCAL_RANK", rank), ("WORLD_SIZE", size), ("MASTER_PORT", port), (Mark, 1) })
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        start.Environment["MASTER_ADDR"] = "127.0.0.1";
        return start;
    }

    /// <summary>How a process ended.</summary>
    /// <param name="Code">Exit code; 128 and the number of the signal where one ended it.</param>
    /// <param name="Said">What it wrote.</param>
    internal sealed record Ended(int Code, string Said);
}
