using System.Diagnostics;
using System.Globalization;
using TurkishLlm.Kernels;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Distributed.Mpi;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>What it costs processes of one machine to work together, and how soon they know that one was killed.</summary>
internal static class AllReduce
{
    private const int Rounds = 11;

    public static int Run(string[] arguments)
    {
        var megabytes = arguments is [var size, ..] ? size : "99";
        var count = arguments is [_, var processes] ? int.Parse(processes, CultureInfo.InvariantCulture) : 2;
        using var job = MpiJob.Start(count);
        var ranks = Enumerable.Range(0, count).Select(rank =>
        {
            var start = new ProcessStartInfo("dotnet", [typeof(AllReduce).Assembly.Location, "allreduce-worker", megabytes]);
            foreach (var (name, value) in job.Environments[rank]) start.Environment[name] = value;
            return Process.Start(start)!;
        }).ToList();
        foreach (var rank in ranks) rank.WaitForExit();
        return ranks[0].ExitCode;
    }

    public static int RunWorker(int megabytes)
    {
        CheckedOperators.SetNumThreads(1);
        var context = DistributedContext.FromEnvironment(Environment.GetEnvironmentVariable);
        using IProcessGroup group = ProcessGroup.Connect(context, CPU, TimeSpan.FromMinutes(1));
        using var tensor = ones(megabytes * 1_000_000L / sizeof(float));
        Report(context, $"{megabytes} MB", () => group.AllReduceSum(tensor));
        Report(context, "a number", () => group.AllReduceSum(1L));
        Report(context, "texts of 100 characters", () => group.AllGather(new string('x', 100)));
        if (context.Rank == 1)
        {
            Thread.Sleep(TimeSpan.FromSeconds(1));
            Process.GetCurrentProcess().Kill();
        }
        var started = Stopwatch.GetTimestamp();
        try
        {
            group.AllReduceSum(tensor);
        }
        catch (LostRankException error)
        {
            var waited = Stopwatch.GetElapsedTime(started).TotalMilliseconds - 1000;
            Report(context, $"{waited:F0} ms after rank 1 was killed: {error.Message}");
        }
        return 0;
    }

    private static void Report(DistributedContext context, string what, Action operation)
    {
        operation();
        var times = Enumerable.Range(0, Rounds).Select(_ =>
        {
            var started = Stopwatch.GetTimestamp();
            operation();
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }).Order().ToArray();
        Report(context, $"{what}: median {times[Rounds / 2]:F2} ms, {times[0]:F2} to {times[^1]:F2}");
    }

    private static void Report(DistributedContext context, FormattableString text)
    {
        if (context.Rank == 0) Console.WriteLine(Invariant(text));
    }
}
