using System.Diagnostics;
using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>
/// Trains on a real file system of one megabyte, if the system allows mounting one: it has room for only one of the checkpoints.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private bool _mounted;

    public void Dispose()
    {
        if (_mounted) Mount("umount", _folder / "disk");
        _folder.Dispose();
    }

    [Fact]
    public void Keeps_the_previous_checkpoint_and_resumes_with_equal_bits_when_there_is_room()
    {
        Directory.CreateDirectory(_folder / "disk");
        _mounted = OperatingSystem.IsLinux() && Mount("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", _folder / "disk");
        Assert.SkipUnless(_mounted, "Only root can mount a small disk.");

        var plan = TinyPlan.Create(_folder / "disk/run") with { Checkpoints = new CheckpointPlan(Every: 4, KeepLast: 2) };
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
        {
            var watcher = new RecordingObserver();
            run.Invoking(r => r.Train(watcher)).Should().Throw<IOException>().WithMessage(
                $"Could not write {run.Folder.CheckpointFolder(4)}: a checkpoint takes * KiB, but only * KiB "
                    + $"are free on the volume of {plan.RunFolder}. Free * KiB there.");
            Directory.EnumerateDirectories(run.Folder.CheckpointsFolder).Should().Equal(run.Folder.CheckpointFolder(1));
            Checkpoint.Open(run.Folder.CheckpointFolder(1)).State.Step.Should().Be(1);
            watcher
                .Events.Should()
                .ContainSingle(
                    what => what.Kind == EventKind.DiskSpace && what.Step == 0,
                    "that was to be seen before the first step");
        }

        Mount("mount", "-o", "remount,size=8m", _folder / "disk").Should().BeTrue();
        TinyPlan.Trace(plan, resume: true).Should().Equal(TinyPlan.Trace(TinyPlan.Create(_folder / "whole")));
    }

    private static bool Mount(params string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
