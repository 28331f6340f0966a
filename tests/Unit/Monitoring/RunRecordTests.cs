using FluentAssertions;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Monitoring;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Monitoring;

public sealed class RunRecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Detects_whether_a_run_is_running()
    {
        var folder = RunFolderWriter.Write(_folder / "run", [Line(1), Line(2)]);
        RunRecord.Read(folder).State.Should().Be(RunState.Interrupted);
        using (
            var lockFile = new FileStream(
                Path.Combine(folder.FullPath, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            RunRecord.Read(folder).State.Should().Be(RunState.Running);
            RunRecord.Read(folder).State.Should().Be(RunState.Running, "reading the state does not take the lock");
        }
        // A killed process leaves the file, but not the lock.
        File.Exists(Path.Combine(folder.FullPath, ".lock")).Should().BeTrue();
        RunRecord.Read(folder).State.Should().Be(RunState.Interrupted);
        RunRecord.Read(RunFolderWriter.Write(_folder / "whole", [Line(199), Line(200)])).State.Should().Be(RunState.Finished);
    }

    [Fact]
    public void After_a_rollback_the_later_lines_count()
    {
        var run = RunRecord.Read(
            RunFolderWriter.Write(
                _folder / "run",
                [Line(1), Line(2), Line(3, loss: 9), Line(4, loss: 9), Line(3, loss: 4.5), Line(4, loss: 4.25)]));
        run.Steps.Select(line => (line.Step, line.Loss)).Should().Equal((1, 5), (2, 5), (3, 4.5), (4, 4.25));
    }

    [Fact]
    public void Finds_the_first_step_at_a_smoothed_loss_and_not_a_lucky_one()
    {
        var run = RunRecord.Read(
            RunFolderWriter.Write(
                _folder / "run",
                [.. Enumerable.Range(1, 100).Select(n => Line(n, loss: n == 30 ? 1 : 6 - n * 0.02))]));
        var smoothed = new ExponentialMovingAverage();
        var expected = Enumerable.Range(1, 100).First(n => smoothed.Add(n == 30 ? 1 : 6 - n * 0.02) <= 5);
        expected.Should().BeInRange(60, 90);
        run.FindFirstAtOrBelow(5)!.Step.Should().Be(expected);
        run.FindFirstAtOrBelow(2).Should().BeNull();
    }

    [Fact]
    public void A_line_of_machines_is_kept_over_a_resumption_and_cut_where_its_steps_are_lost()
    {
        var folder = RunFolderWriter.Write(_folder / "run", [Line(1)]);
        var machine = Hardware.Detect(0, TorchSharp.torch.CPU) with
        {
            Peak = new PeakRate(1.5e12, "given"),
            HourlyRate = 2.38,
            Currency = "USD",
        };
        foreach (var after in new long[] { 0, 100, 60, 60 }) (machine with { AfterStep = after }).AppendTo(folder);
        Hardware.Read(folder).Select(line => line.AfterStep).Should().Equal(0, 60, 60);
        Hardware.Read(folder)[0].Should().Be(machine);
        (machine with { HourlyRate = null }).AppendTo(folder);
        Hardware.Read(folder).Should().Equal(machine with { HourlyRate = null });
    }

    [Fact]
    public void Says_what_it_is_computed_on()
    {
        var machine = Hardware.Detect(3, TorchSharp.torch.CPU);
        (machine.AfterStep, machine.Device, machine.Processors, machine.Libtorch)
            .Should()
            .Be((3, "cpu", Environment.ProcessorCount, TorchLibrary.Version));
        machine.MemoryBytes.Should().BeGreaterThan(1 << 26);
        machine.Name.Should().NotBeEmpty();
    }

    private static StepMetrics Line(long step, double loss = 5) => new(step, loss, 1e-3, 1, step * 256, 1000, step, 1 << 20);
}
