using System.Diagnostics;
using System.Security.Cryptography;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Training.Distributed;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training.Distributed;

/// <summary>Real processes, connected by Open MPI.</summary>
[Collection(nameof(NonParallel))]
public sealed class MpiGroupTests
{
    private const int KilledExitCode = 128 + 9;

    private static readonly TimeSpan Heartbeats = TimeSpan.FromSeconds(5);

    public MpiGroupTests() =>
        Assert.SkipWhen(
            ProcessGroup.GetUnavailableReason(DeviceType.CPU) is not null,
            $"{ProcessGroup.GetUnavailableReason(DeviceType.CPU)}.");

    [Fact]
    public void Sums_tensors_of_every_number_type() => RankProcesses.Run(3, typeof(MpiGroupTests), group =>
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Int32, ScalarType.Int64 })
            foreach (var shape in new long[][] { [], [7], [5, 3, 2], [1_500_007] })
            {
                var parts = Enumerable.Range(0, 3).Select(rank => RandomIntegers(rank, shape).to(type)).ToArray();
                var expected = parts[0] + parts[1] + parts[2];
                group.AllReduceSum(parts[group.Context.Rank]);
                parts[group.Context.Rank].Equals(expected).Should().BeTrue("{0} of {1} elements", type, expected.numel());
            }
        group.AllReduceSum(10L + group.Context.Rank).Should().Be(33);
        group.AllReduceSum(0.25 * group.Context.Rank).Should().Be(0.75);
        group.AnyRank(group.Context.Rank == 1).Should().BeTrue();
        group.AnyRank(false).Should().BeFalse();
    });

    /// <summary>Rounding depends on the order of a sum, so all processes must use the same order.</summary>
    [Fact]
    public void All_processes_get_the_same_bits() => RankProcesses.Run(4, typeof(MpiGroupTests), group =>
    {
        using var scope = NewDisposeScope();
        foreach (var count in new[] { 3, 1000, 100_003, 2_000_001 })
        {
            using var generator = new Generator((ulong)(10 + group.Context.Rank));
            var values = randn([count], generator: generator) * 1e3;
            group.AllReduceSum(values);
            group.AllGather(Convert.ToHexString(SHA256.HashData(values.bytes))).Distinct().Should().ContainSingle();
        }
    });

    [Fact]
    public void Refuses_tensors_that_it_cannot_sum() => RankProcesses.Run(2, typeof(MpiGroupTests), group =>
    {
        using var scope = NewDisposeScope();
        var act = () => group.AllReduceSum(ones(3, ScalarType.BFloat16));
        act.Should().Throw<NotSupportedException>().WithMessage("Open MPI sums float32, float64, int32 and int64, not BFloat16.");
        var transposed = () => group.AllReduceSum(ones(3, 2).t());
        transposed.Should().Throw<ArgumentException>().WithMessage("*not contiguous*");
        group.AllReduceSum(2L).Should().Be(4, "the group is whole all the same");
    });

    [Fact]
    public void A_killed_process_is_noticed_at_once() => RankProcesses.Run(
        3,
        typeof(MpiGroupTests),
        group => SumUntilLost(group, lost: 1, KillSelf, within: Heartbeats / 2),
        codes: [0, KilledExitCode, 0]);

    [Fact]
    public void A_killed_rank_0_is_noticed_at_once() => RankProcesses.Run(
        3,
        typeof(MpiGroupTests),
        group => SumUntilLost(group, lost: 0, KillSelf, within: Heartbeats / 2),
        codes: [KilledExitCode, 0, 0]);

    [Fact]
    public void A_process_that_hangs_is_noticed_when_its_heartbeats_are_missed() => RankProcesses.Run(
        3,
        typeof(MpiGroupTests),
        group => SumUntilLost(group, lost: 2, SuspendSelf, within: 2 * Heartbeats),
        codes: [0, 0, KilledExitCode],
        watch: processes =>
        {
            foreach (var process in processes.Take(2)) process.WaitForExit(TimeSpan.FromMinutes(1));
            processes[2].Kill();
        });

    [Fact]
    public void Refuses_processes_that_mpirun_did_not_start()
    {
        var nothing = new Dictionary<string, string>();
        var said = RankProcesses.Run(2, typeof(MpiGroupTests), _ => { }, codes: [1, 1], environment: nothing);
        for (var rank = 0; rank < said.Count; rank++)
            said[rank].Should().Contain(
                $"This process is rank {rank} of 2, but to Open MPI it is rank 0 of 1. "
                + "On the CPU, start several processes with `turkishllm launch -n N PLAN` or with `mpirun "
                + "--enable-recovery -n N turkishllm train PLAN`.");
    }

    // Large sums, so that the process often ends during one.
    private static void SumUntilLost(IProcessGroup group, int lost, Action end, TimeSpan within)
    {
        using var scope = NewDisposeScope();
        var gradients = ones(4_000_000);
        for (var step = 0; step < 10; step++) group.AllReduceSum(gradients);
        if (group.Context.Rank == lost) new Thread(() => { Thread.Sleep(100); end(); }).Start();
        var started = Stopwatch.GetTimestamp();
        Action forEver = () =>
        {
            while (true)
            {
                started = Stopwatch.GetTimestamp();
                group.AllReduceSum(gradients);
            }
        };
        var error = forEver.Should().Throw<LostRankException>().Which;
        var waited = Stopwatch.GetElapsedTime(started);
        Console.WriteLine($"noticed after {waited.TotalMilliseconds:F0} ms: {error.Message}");
        error.Ranks.Should().Equal(lost);
        error.Message.Should().StartWith($"Rank {lost} of 3 processes is lost: it ended, or has sent no heartbeat for 5 s (");
        waited.Should().BeLessThan(within);
        (gradients * 0 + 3).sum().item<float>().Should().Be(12_000_000, "tensors can be used as before");
    }

    private static void KillSelf() => Process.GetCurrentProcess().Kill();

    private static void SuspendSelf() => Process.Start("kill", ["-STOP", $"{Environment.ProcessId}"])!.Dispose();

    private static Tensor RandomIntegers(int rank, long[] shape)
    {
        using var generator = new Generator((ulong)(100 + rank));
        return randint(-999, 1000, shape, generator: generator);
    }
}
