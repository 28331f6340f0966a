using FluentAssertions;
using TurkishLlm.Monitoring;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

/// <summary>Runs with a loss that is made up: what is said while they run, and again after they are resumed.</summary>
[Collection(nameof(NonParallel))]
public sealed class LossMonitorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_diverges_says_so_while_it_runs()
    {
        var plan = Plan(steps: 60);
        var watcher = new RecordingObserver();
        Run(plan, step => step < 20 ? 7.6 - step * 0.1 : 5.7 * Math.Exp((step - 20) / 10.0), watcher);

        var first = watcher.Events.First(what => what.Kind == EventKind.Divergence);
        first.Step.Should().BeInRange(25, 35);
        first.Action.Should().Be(EventAction.Logged);
        first.Message.Should().MatchRegex(
            @"^The run is diverging\. The training loss was 5\.\d\d at step 20 and is \d+\.\d\d at step \d+, \d+\.\d\d higher; "
            + @"it has not recovered\. The learning rate is \d\.\d+e-\d\. Ctrl\+C stops the run\. "
            + @"Resume from an earlier checkpoint, with optimizer\.learning_rate at a third of 3\.0e-3 ");
        first.Values["lowest_step"].Should().Be(20);
        watcher.Events.Count(what => what.Kind == EventKind.Divergence).Should().BeGreaterThan(1, "the loss doubles again");
        EventLog.Read(Path.Combine(plan.RunFolder, "events.jsonl")).Should().BeEquivalentTo(watcher.Events);

        var run = RunRecord.Read(RunFolder.OpenExisting(plan.RunFolder));
        run.Findings[0].Rule.Should().Be("diverging");
        run.Progress.Divergence!.LowestStep.Should().Be(20);
        File.ReadAllText(plan.RunFolder + "/report.html").Should().Contain("The run is diverging.");
    }

    [Fact]
    public void A_resumed_run_does_not_say_again_what_was_said()
    {
        var plan = Plan(steps: 60);
        double Loss(long step) => step < 20 ? 7.6 - step * 0.1 : 9 + step % 2;
        var (before, after) = (new RecordingObserver(), new RecordingObserver());
        using var stop = new CancellationTokenSource();
        Run(plan, step =>
        {
            if (step == 45) stop.Cancel();
            return Loss(step);
        }, before, stop: stop.Token);
        Run(plan, Loss, after, resume: true);
        before.Events.Should().ContainSingle(what => what.Kind == EventKind.Divergence);
        after.Events.Should().NotContain(what => what.Kind == EventKind.Divergence);
    }

    [Fact]
    public void A_validation_loss_that_rises_is_said_once_with_what_is_kept()
    {
        var plan = Plan(steps: 60);
        var monitor = new LossMonitor(plan, []);
        var events = Enumerable.Range(1, 60).SelectMany(step => monitor.Add(new StepMetrics(
            step, 5 - step * 0.02, 1e-3, 1, step * 256, 1000, step, 1 << 20,
            step % 10 == 0 ? 4 + Math.Abs(step - 30) * 0.01 : null))).ToArray();
        var rise = events.Should().ContainSingle().Which;
        (rise.Step, rise.Kind).Should().Be((50, EventKind.ValidationRise));
        rise.Message.Should().Be(
            "The validation loss rises: 4.000 at step 30, 4.200 at step 50. The checkpoint of step 30 is kept. "
            + "With evaluation.patience: 2, training stops by itself.");
    }

    private TrainingPlan Plan(int steps)
    {
        var tiny = TinyPlan.Create(_folder / "run");
        return tiny with
        {
            Training = tiny.Training with { Steps = steps },
            Safety = new SafetyPlan { SpikeZScore = 0 },
        };
    }

    private static void Run(
        TrainingPlan plan, Func<long, double> loss, RecordingObserver watcher, bool resume = false,
        CancellationToken stop = default)
    {
        var first = resume ? RunFolder.OpenExisting(plan.RunFolder).LatestCheckpointStep()!.Value : 0;
        var environment = new RunEnvironment
        {
            ComputeGradient = (model, microBatches, terms) =>
            {
                GradientAccumulation.Compute(model, microBatches, terms);
                return loss(++first);
            },
        };
        using var run = TrainingRun.Open(TestClearance.Create(plan), resume, environment: environment);
        run.Train(watcher, stop);
    }
}
