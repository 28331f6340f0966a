using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

/// <summary>Runs that refuse batches: checks their events, and that interruptions do not change them.</summary>
[Collection(nameof(NonParallel))]
public sealed class DivergenceActionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_skipped_batch_is_one_line_of_the_events_and_no_step()
    {
        var plan = Plan("run", new SafetyPlan { OnDivergence = DivergenceAction.Skip });
        var watcher = new RecordingObserver();
        Run(plan, BadBatches.OverflowAt(4), watcher).Should().BeTrue();

        var line = EventLog.Read(Path.Combine(plan.RunFolder, "events.jsonl")).Single(what => what.Kind == EventKind.Divergence);
        line.Should().BeEquivalentTo(watcher.Events.Single(what => what.Kind == EventKind.Divergence));
        (line.Step, line.Action).Should().Be((4, EventAction.Skipped));
        line.Message.Should()
            .MatchRegex(
                "^Step 4: the loss is NaN, the gradient norm [0-9.]+\\. Skipping data step 4; weights and moments "
                    + "stay those of step 3\\.$");
        line.Values.Should().ContainKeys("loss", "grad_norm", "lr").And.Contain("data_step", 4);
        MetricsLog
            .Read(Path.Combine(plan.RunFolder, "metrics.jsonl"))
            .Select(m => m.Step)
            .Should()
            .Equal(Enumerable.Range(1, 12).Select(n => (long)n));
        Last(plan).State.Safety.Should().BeEquivalentTo(new { SkippedBatches = 1, RefusedBatches = 1 });
        File.ReadAllText(Path.Combine(plan.RunFolder, "report.html"))
            .Should()
            .Contain("<h2>Events</h2>")
            .And.Contain("Skipping data step 4");
    }

    [Fact]
    public void A_rollback_takes_back_the_steps_since_the_checkpoint_and_is_saved_at_once()
    {
        var plan = Plan("run", new SafetyPlan { OnDivergence = DivergenceAction.Rollback }) with
        {
            Checkpoints = new(Every: 3, KeepLast: 9),
        };
        Run(plan, BadBatches.OverflowAt(6));

        var line = EventLog.Read(Path.Combine(plan.RunFolder, "events.jsonl")).Single(what => what.Kind == EventKind.Divergence);
        (line.Step, line.Action, line.Values["to_step"], line.Values["data_step"]).Should().Be((6, EventAction.RolledBack, 3, 6));
        line.Message.Should().EndWith("Rolled back to step 3; skipping all data up to data step 6.");
        Checkpoint
            .Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(3))
            .State.Safety.SkippedBatches.Should()
            .Be(3, "the checkpoint knows of it from then on");
        MetricsLog
            .Read(Path.Combine(plan.RunFolder, "metrics.jsonl"))
            .Select(m => m.Step)
            .Should()
            .Equal(Enumerable.Range(1, 12).Select(n => (long)n));
    }

    [Fact]
    public void A_checkpoint_from_which_no_step_could_be_taken_is_no_good_one()
    {
        var plan = Plan("run", new SafetyPlan { OnDivergence = DivergenceAction.Rollback }) with
        {
            Checkpoints = new(Every: 3, KeepLast: 9),
        };
        var watcher = new RecordingObserver();
        Run(plan, BadBatches.OverflowAt(6, 7), watcher).Should().BeTrue();
        watcher
            .Events.Where(what => what.Action == EventAction.RolledBack)
            .Select(what => (what.Step, what.Values["to_step"], what.Values["data_step"]))
            .Should()
            .Equal((6, 3, 6), (4, 1, 7));
        RunFolder.OpenExisting(plan.RunFolder).CheckpointSteps().Should().Equal(1, 3, 6, 9, 12);
        Last(plan).State.Safety.SkippedBatches.Should().Be(6, "batches 2 to 7");
    }

    [Fact]
    public void Without_a_checkpoint_to_go_back_to_it_stops()
    {
        var plan = Plan("run", new SafetyPlan { OnDivergence = DivergenceAction.Rollback });
        var act = () => Run(plan, BadBatches.OverflowAt(1));
        act.Should().Throw<DivergenceException>().WithMessage("Training stopped at step 1: the loss is NaN, *");
        EventLog
            .Read(Path.Combine(plan.RunFolder, "events.jsonl"))
            .Single(what => what.Kind == EventKind.Divergence)
            .Action.Should()
            .Be(EventAction.Stopped);
    }

    [Fact]
    public void Too_many_refused_batches_stop_the_run_and_a_higher_limit_resumes_it()
    {
        var plan = Plan("run", new SafetyPlan { OnDivergence = DivergenceAction.Skip, MaxRefusedBatches = 2 });
        var act = () => Run(plan, BadBatches.OverflowAt(3, 5, 6, 7));
        act.Should()
            .Throw<DivergenceException>()
            .WithMessage("*already refused as many batches as safety.max_refused_batches allows*");
        RunFolder.OpenExisting(plan.RunFolder).LatestCheckpointStep().Should().Be(1);
        Run(plan with { Safety = plan.Safety with { MaxRefusedBatches = 9 } }, BadBatches.OverflowAt(2, 3, 4), resume: true)
            .Should()
            .BeTrue();
    }

    [Fact]
    public void A_jump_that_is_only_logged_is_learned_from()
    {
        var logged = Plan("logged", new SafetyPlan { SpikeWindow = 3, SpikeZScore = 0.7 });
        var watcher = new RecordingObserver();
        Run(logged, watcher: watcher);
        watcher.Events.Where(what => what.Kind == EventKind.Spike).Should().NotBeEmpty()
            .And.OnlyContain(what =>
                what.Action == EventAction.Logged && what.Step > 3 && what.Message.EndsWith("The batch was used nevertheless."));
        TinyPlan.Trace(logged.RunFolder).Should().Equal(TinyPlan.Trace(Plan("plain", new SafetyPlan())));
    }

    public static TheoryData<string> Policies => ["skip bad", "roll back bad", "skip jumps", "roll back jumps"];

    /// <summary>Interrupts and kills a run: between steps, between checkpoints, and right after an event.</summary>
    [Theory, MemberData(nameof(Policies))]
    public void Stopped_and_killed_again_and_again_it_has_the_bits_of_one_that_is_not(string policy)
    {
        var safety = policy switch
        {
            "skip bad" => new SafetyPlan { OnDivergence = DivergenceAction.Skip },
            "roll back bad" => new SafetyPlan { OnDivergence = DivergenceAction.Rollback },
            "skip jumps" => new SafetyPlan { OnSpike = DivergenceAction.Skip, SpikeWindow = 3, SpikeZScore = 100 },
            _ => new SafetyPlan { OnSpike = DivergenceAction.Rollback, SpikeWindow = 3, SpikeZScore = 100 },
        };
        var plan = Plan("run", safety with { MaxRefusedBatches = 100 }) with { Checkpoints = new(Every: 3, KeepLast: 9) };
        var machine = BadBatches.OneInFive(loss =>
            policy.EndsWith("bad", StringComparison.Ordinal) ? double.PositiveInfinity : 1000 * loss);
        var (whole, watcher) = (plan with { RunFolder = _folder / "whole" }, new RecordingObserver());
        Run(whole, machine, watcher);
        watcher
            .Events.Count(what => what.Action is EventAction.Skipped or EventAction.RolledBack)
            .Should()
            .BeInRange(1, 99, "that is what this test is about");

        foreach (var (stop, killed) in new[] { (2, false), (5, true), (7, false), (8, true), (11, true) })
        {
            using var source = new CancellationTokenSource();
            Run(plan, machine, new RecordingObserver(stop, source), resume: true, source.Token).Should().BeFalse();
            // A kill does not save the current step; what was written after the last checkpoint is left behind.
            if (killed && stop % 3 != 0)
                Directory.Delete(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(stop), recursive: true);
        }
        Run(plan, machine, resume: true).Should().BeTrue();

        TinyPlan.Trace(plan.RunFolder).Should().Equal(TinyPlan.Trace(whole.RunFolder));
        Last(plan).State.Safety.Should().BeEquivalentTo(Last(whole).State.Safety, options => options.WithStrictOrdering());
    }

    private TrainingPlan Plan(string folder, SafetyPlan safety) => TinyPlan.Create(_folder / folder) with { Safety = safety };

    private static Checkpoint Last(TrainingPlan plan) =>
        Checkpoint.Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(plan.Training.Steps));

    private static bool Run(
        TrainingPlan plan,
        RunEnvironment? machine = null,
        RecordingObserver? watcher = null,
        bool resume = false,
        CancellationToken cancellationToken = default)
    {
        using var run = TrainingRun.Open(TestClearance.Create(plan), resume, environment: machine);
        return run.Train(watcher, cancellationToken);
    }
}
