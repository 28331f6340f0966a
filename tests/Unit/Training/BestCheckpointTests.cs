using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Training;

[Collection(nameof(NonParallel))]
public sealed class BestCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A learning rate that rises to forty times a good one: the validation loss falls, then rises again.</summary>
    private TrainingPlan Plan(string folder) => TinyPlan.Create(_folder / folder) with
    {
        Optimizer = new OptimizerPlan(0.12, 0.01, WarmupSteps: 11),
        Evaluation = new EvaluationPlan(Every: 1, Windows: 3),
        Checkpoints = new CheckpointPlan(Every: 5, KeepLast: 2),
    };

    [Fact]
    public void Stays_whatever_comes_after_it_and_is_the_minimum_of_what_was_measured()
    {
        var plan = Plan("run");
        TinyPlan.Trace(plan);
        var run = RunFolder.OpenExisting(plan.RunFolder);
        var lowest = MetricsLog.Read(run.MetricsFile).MinBy(line => line.ValidationLoss)!;
        lowest.Step.Should().BeInRange(2, 9, "the test is about a best step that is not among the newest");

        run.CheckpointSteps().Should().Equal(lowest.Step, 10, 12);
        var best = Checkpoint.Open(run.CheckpointFolder(lowest.Step)).State;
        (best.Step, best.ValidationLoss).Should().Be((lowest.Step, lowest.ValidationLoss));
        Checkpoint
            .Open(run.CheckpointFolder(12))
            .State.Best.Should()
            .Be(new BestStep(lowest.Step, lowest.ValidationLoss!.Value, CheckpointPlan.Loss));
        Measured(run.CheckpointFolder(lowest.Step), plan)
            .Should()
            .Be(lowest.ValidationLoss, "the weights are those of that step, not of a later one");
    }

    [Fact]
    public void Survives_an_interruption_after_any_step()
    {
        TinyPlan.Trace(Plan("whole"));
        var plan = Plan("run");
        for (var stop = 1; stop < 12; stop += 2)
        {
            using var source = new CancellationTokenSource();
            using var run = TrainingRun.Open(TestClearance.Create(plan), resume: true);
            run.Train(new RecordingObserver(stop, source), source.Token);
        }
        TinyPlan.Trace(plan, resume: true).Should().Equal(TinyPlan.Trace(_folder / "whole"));
        Last("run").Should().Be(Last("whole")).And.NotBeNull();
        Directory.Exists(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(Last("run")!.Step)).Should().BeTrue();
    }

    [Fact]
    public void Is_not_kept_where_the_plan_does_not_want_it()
    {
        var plan = Plan("run") with { Checkpoints = new CheckpointPlan(Every: 5, KeepLast: 2, KeepBest: false) };
        TinyPlan.Trace(plan);
        RunFolder.OpenExisting(plan.RunFolder).CheckpointSteps().Should().Equal(10, 12);
    }

    private BestStep? Last(string folder) =>
        Checkpoint.Open(RunFolder.OpenExisting(_folder / folder).CheckpointFolder(12)).State.Best;

    private static double Measured(string checkpoint, TrainingPlan plan)
    {
        using var trainer = Trainer.Resume(TestClearance.Create(plan), checkpoint);
        return trainer.Measure().Loss!.Value;
    }
}
