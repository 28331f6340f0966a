using System.Diagnostics;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Distributed.Mpi;

namespace TurkishLlm.Tests.Unit.Training.Distributed;

[Collection(nameof(NonParallel))]
public sealed class MpiJobTests
{
    public MpiJobTests() =>
        Assert.SkipWhen(
            ProcessGroup.GetUnavailableReason(DeviceType.CPU) is not null,
            $"{ProcessGroup.GetUnavailableReason(DeviceType.CPU)}.");

    [Fact]
    public void Gives_every_rank_an_environment_of_its_own()
    {
        using var job = MpiJob.Start(3);
        job.Environments.Select(environment => environment["OMPI_COMM_WORLD_RANK"]).Should().Equal("0", "1", "2");
        job.Environments.Should().OnlyContain(environment => environment["OMPI_COMM_WORLD_SIZE"] == "3");
        job.Environments.Select(environment => DistributedContext.FromEnvironment(environment.GetValueOrDefault).Rank)
            .Should()
            .Equal(0, 1, 2);
        job.HasEnded.Should().BeFalse();
    }

    [Fact]
    public void Nothing_is_left_when_it_ends()
    {
        var before = Folders();
        var job = MpiJob.Start(2);
        Folders().Except(before).Should().NotBeEmpty();
        var started = Stopwatch.GetTimestamp();
        job.Dispose();
        Stopwatch.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(5), "mpirun ends by itself");
        Folders().Except(before).Should().BeEmpty();

        static string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), "turkishllm-mpi-*");
    }
}
