using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

[Collection(nameof(NonParallel))]
public sealed class CheckpointSpaceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_takes_no_more_than_estimated_and_hardly_less()
    {
        var plan = TinyPlan.Create(_folder / "run") with { Safety = new SafetyPlan { SpikeWindow = 128 } };
        TinyPlan.Trace(plan);
        var bytes = Directory
            .EnumerateFiles(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12))
            .Sum(file => new FileInfo(file).Length);
        bytes
            .Should()
            .BeInRange(
                CheckpointDiskSpace.EstimateSize(plan) - (64 << 10),
                CheckpointDiskSpace.EstimateSize(plan));
    }

    [Fact]
    public void Estimates_the_checkpoints_of_the_full_models()
    {
        // 3 × 4 × 24,697,088
        CheckpointDiskSpace.EstimateSize(PlanOf(ModelConfig.V1)).Should().BeInRange(296_000_000, 297_000_000);
        CheckpointDiskSpace.EstimateSize(PlanOf(ModelConfig.V2)).Should().BeInRange(811_000_000, 812_000_000);
    }

    [Fact]
    public void Refuses_a_checkpoint_that_would_not_fit_before_a_byte_is_written()
    {
        var run = Run(steps: [4, 8]);
        var size = CheckpointDiskSpace.EstimateSize(PlanOf(ModelConfig.V1));
        Space(run, free: size).Invoking(space => space.RequireSpace(run.CheckpointFolder(12))).Should().NotThrow();
        Space(run, free: size - (100 << 20))
            .Invoking(space => space.RequireSpace(run.CheckpointFolder(12)))
            .Should()
            .Throw<IOException>()
            .WithMessage(
            $"Could not write {run.CheckpointFolder(12)}: a checkpoint takes 283 MiB, but only 183 MiB are "
                + $"free on the volume of {run.FullPath}. Free 100 MiB there; {run.CheckpointsFolder} has 2 "
                + "checkpoints, of which only the newest is needed.");
    }

    [Fact]
    public void Warns_once_and_early_when_the_disk_cannot_hold_the_retained_checkpoints()
    {
        var run = Run(steps: [4]);
        var size = CheckpointDiskSpace.EstimateSize(PlanOf(ModelConfig.V1));
        Space(run, free: 4 * size)
            .PredictShortage(0)
            .Should()
            .BeNull("one is there, three more are kept besides the best, and one is being written");

        var space = Space(run, free: 3 * size);
        var warning = space.PredictShortage(7)!;
        (warning.Step, warning.Kind, warning.Action).Should().Be((7, EventKind.DiskSpace, EventAction.Logged));
        warning.Message.Should().Be(
            "The disk will be full before the run ends: a checkpoint takes 283 MiB, the run keeps up to 5 at "
                + $"once, and 283 MiB are missing on the volume of {run.FullPath}. Free that much, or lower "
                + "checkpoints.keep_last.");
        space.PredictShortage(8).Should().BeNull();
    }

    [Fact]
    public void A_run_on_a_full_disk_keeps_its_checkpoints_and_resumes_when_there_is_room()
    {
        var plan = TinyPlan.Create(_folder / "run") with { Checkpoints = new(Every: 4, KeepLast: 2) };
        var free = long.MaxValue;
        using (
            var run = TrainingRun.Open(
                TestClearance.Create(plan), resume: false,
                environment: new RunEnvironment { GetFreeBytes = _ => free }))
            run.Invoking(r => r.Train(new RecordingObserver { OnSaved = folder => free = folder.EndsWith('4') ? 1000 : free }))
                .Should().Throw<IOException>().WithMessage("Could not write *step-000008: a checkpoint takes *");
        RunFolder.OpenExisting(plan.RunFolder).CheckpointSteps().Should().Equal(1, 4);
        TinyPlan.Trace(plan, resume: true).Should().Equal(TinyPlan.Trace(plan with { RunFolder = _folder / "whole" }));
    }

    [Fact]
    public void Asks_the_volume_of_the_folder() => RunEnvironment.Current.GetFreeBytes(_folder.Path).Should().BePositive();

    private RunFolder Run(long[] steps)
    {
        var run = RunFolder.Open(TinyPlan.Create(_folder / "made"), resume: false);
        foreach (var step in steps) Directory.CreateDirectory(run.CheckpointFolder(step));
        return run;
    }

    private TrainingPlan PlanOf(ModelConfig model) => TinyPlan.Create(_folder / "made") with { Model = model };

    private CheckpointDiskSpace Space(RunFolder run, long free) =>
        new(run, CheckpointDiskSpace.EstimateSize(PlanOf(ModelConfig.V1)), new CheckpointPlan(), _ => free);
}
