using System.ComponentModel;
using System.Diagnostics;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Distributed.Nccl;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training.Distributed;

/// <summary>Real processes, connected by a stub of NCCL that works on ordinary memory.</summary>
[Collection(nameof(NonParallel))]
public sealed class NcclGroupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment;

    public NcclGroupTests() => _environment = new()
    {
        ["LD_LIBRARY_PATH"] = _folder.Path, ["STUB_NCCL"] = Directory.CreateDirectory(_folder / "exchange").FullName,
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sums_tensors_and_numbers_and_disconnects_together()
    {
        Compile();
        RankProcesses.Run(3, typeof(NcclGroupTests), group =>
        {
            using var scope = NewDisposeScope();
            var values = tensor([0.5f + group.Context.Rank, -3 * group.Context.Rank, 1e-3f]);
            group.AllReduceSum(values);
            values.data<float>().ToArray().Should().Equal(4.5f, -9, 1e-3f + 1e-3f + 1e-3f);
            group.AllReduceSum(10L + group.Context.Rank).Should().Be(33);
            group.AllReduceSum(0.25 * group.Context.Rank).Should().Be(0.75);
            group.AllGather($"{group.Context.Rank}").Should().Equal("0", "1", "2");
        }, engine: Engine, environment: _environment);
        if (IsSuite) Ends().Should().Equal("destroyed.0", "destroyed.1", "destroyed.2");
    }

    /// <summary>Without the abort, weights could not be read from a device that still waits for other processes.</summary>
    [Fact]
    public void Aborts_the_sum_under_way_when_a_process_is_lost()
    {
        Compile();
        RankProcesses.Run(2, typeof(NcclGroupTests), group =>
        {
            group.AnyRank(false).Should().BeFalse();
            if (group.Context.Rank == 1) Process.GetCurrentProcess().Kill();
            var act = () => group.AllReduceSum(1L);
            act.Should().Throw<LostRankException>().WithMessage("Rank 1 of 2 processes is lost: *").Which.Ranks.Should().Equal(1);
            File.Exists(Path.Combine(Environment.GetEnvironmentVariable("STUB_NCCL")!, "aborted.0")).Should().BeTrue();
        }, codes: [0, 137], engine: Engine, environment: _environment);
        if (IsSuite) Ends().Should().Equal("aborted.0");
    }

    [Fact]
    public void Reports_the_NCCL_error_when_it_aborts()
    {
        Compile();
        _environment["STUB_NCCL_FAILS"] = "1";
        RankProcesses.Run(2, typeof(NcclGroupTests), group =>
        {
            for (var i = 0; i < 5; i++) group.AllReduceSum(1L).Should().Be(2);
            var act = () => group.AllReduceSum(1L);
            act.Should().Throw<LostRankException>().WithMessage(
                "Rank ? timed out waiting for the other processes, though all 2 send heartbeats (NCCL: "
                    + "remote process exited). *");
        }, engine: Engine, environment: _environment);
        if (IsSuite) Ends().Should().Equal("aborted.0", "aborted.1");
    }

    [Fact]
    public void Says_what_is_missing()
    {
        Assert.SkipWhen(cuda.is_available(), "There is a CUDA device here.");
        var act = () => ProcessGroup.RequireSupport(2, DeviceType.CUDA);
        act.Should().Throw<TurkishLlm.Model.ConfigurationException>()
            .WithMessage(
                "Training in 2 processes on cuda is not possible here: *lib*.so.*not found*. Alternatively train "
                    + "in one process.");
    }

    private static bool IsSuite => Environment.GetEnvironmentVariable("STUB_NCCL") is null;

    // The device of a rank is CPU memory in these tests.
    private static NcclEngine Engine() => new(CPU);

    private IEnumerable<string?> Ends() => Directory.EnumerateFiles(_environment["STUB_NCCL"])
        .Select(Path.GetFileName).Where(name => char.IsLetter(name![0])).Order(StringComparer.Ordinal);

    // One library under both names, so that they share their state.
    private void Compile()
    {
        if (!IsSuite) return;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "NCCL is a library for Linux.");
        var source = Path.Combine(Repository.Root, "tests", "Unit", "Training", "Distributed", "StubNccl.c");
        try
        {
            using var compiler = Process.Start("cc", ["-O1", "-shared", "-fPIC", "-o", _folder / "libnccl.so.2", source]);
            compiler.WaitForExit();
            compiler.ExitCode.Should().Be(0);
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no C compiler here, which makes the stand-in for NCCL.");
        }
        File.CreateSymbolicLink(_folder / "libcuda.so.1", _folder / "libnccl.so.2");
    }
}
