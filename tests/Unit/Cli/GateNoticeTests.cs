using FluentAssertions;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>The notice that a run waits for its gate.</summary>
[Collection(nameof(NonParallel))]
public sealed class GateNoticeTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void A_run_is_at_its_gate_before_it_has_a_plan_and_a_kill_leaves_no_notice()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        var run = _here / "deep/er/run";
        using (var killed = new ChildProcess("train", _here.Plan, "--set", $"run={run}"))
            killed.WaitForExit(ChildProcess.Kill, () => RunFolder.IsGateOpening(run)).Should().Be(137, killed.Output);
        RunFolder.IsGateOpening(run).Should().BeFalse("the lock ends with the process");
        File.Exists(Path.Combine(run, "plan.yaml")).Should().BeFalse();
        RunSearch.FindAll(_here / "deep", withGates: true).Should().BeEmpty();
        using var interrupted = new ChildProcess("train", _here.Plan, "--set", $"run={run}");
        interrupted.WaitForExit(ChildProcess.Terminate, () => RunFolder.IsGateOpening(run)).Should().Be(130, interrupted.Output);
        Directory.EnumerateFileSystemEntries(_here / "deep/er/run").Should().BeEmpty("the notice is removed");
    }

    [Fact]
    public void An_interrupted_gate_leaves_no_folder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        var run = _here / "deep/er/run";
        using var process = new ChildProcess("train", _here.Plan, "--set", $"run={run}");
        process.WaitForExit(ChildProcess.Terminate, () => RunFolder.IsGateOpening(run)).Should().Be(130, process.Output);
        Directory.Exists(_here / "deep").Should().BeFalse();
    }
}
