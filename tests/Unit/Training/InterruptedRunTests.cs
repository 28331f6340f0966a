using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Monitoring;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Training;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>
/// Runs of every objective, with everything switched on, that are killed at every moment an observer can see, and stopped after
/// every step: all files of the resumed run are those of the uninterrupted one.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class InterruptedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Objectives => ["pretraining", "fine-tuning", "early stopping", "adapter", "preferences"];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Objectives))]
    public void Killed_or_stopped_at_any_moment_it_leaves_the_files_of_the_whole_run(string objective)
    {
        var (plan, faults) = Create(objective);
        // The moments other than steps do not depend on the objective.
        var whole = RecordedRun.Create(
            TestClearance.Create(plan), faults,
            moment => objective == "pretraining" || moment.StartsWith("step", StringComparison.Ordinal));
        EventLog.Read(Path.Combine(plan.RunFolder, "events.jsonl")).Select(what => what.Action)
            .Should().Contain([EventAction.RolledBack, EventAction.Halved], "that is what this test is about");
        whole.States.Should().HaveCountGreaterThan(3);
        foreach (var state in whole.States)
            state.Stored.Should().BeEquivalentTo(state.Required, "it is the state of {0}", state.Checkpoint);

        foreach (var snapshot in whole.Snapshots)
        {
            var resumed = snapshot.WriteTo(_folder / "resumed", plan);
            Resume(resumed, faults).Should().BeTrue();
            snapshot.FindDifference(whole.Files, resumed.RunFolder).Should().BeNull("it was killed after {0}", snapshot.Name);
            Directory.Delete(resumed.RunFolder, recursive: true);
        }

        var stopped = plan with { RunFolder = _folder / "stopped" };
        for (var step = 1; !StopAfter(step, stopped, faults); step++) ;
        RunFiles.FindDifference(whole.Files, RunFiles.Read(stopped.RunFolder)).Should().BeNull("it was stopped after every step");
        var folder = RunFolder.OpenExisting(stopped.RunFolder);
        var report = File.ReadAllText(folder.ReportFile);
        RunReport.Write(folder);
        File.ReadAllText(folder.ReportFile).Should().Be(report, "the report is that of all files");
    }

    [Fact, Trait("Suite", "Fast")]
    public void Killed_right_after_a_rollback_it_reports_and_ends_as_the_whole_run()
    {
        // Step 3 diverges and takes back step 2, at which the validation loss had risen.
        var (plan, faults) = Create("early stopping");
        var whole = RecordedRun.Create(TestClearance.Create(plan), faults, moment => moment == "step 2 (2)");
        var snapshot = whole.Snapshots.Should().ContainSingle().Subject;
        var resumed = snapshot.WriteTo(_folder / "resumed", plan);
        Resume(resumed, faults).Should().BeTrue();
        snapshot.FindDifference(whole.Files, resumed.RunFolder).Should().BeNull();
    }

    [Fact, Trait("Suite", "Fast")]
    public void Refuses_to_resume_with_another_seed()
    {
        var plan = TinyPlan.Create(_folder / "run");
        using (var trainer = Trainer.Create(TestClearance.Create(plan))) trainer.Save(_folder / "saved");
        var act = () => Trainer.Resume(TestClearance.Create(plan with { Seed = 78 }), _folder / "saved");
        act.Should().Throw<InvalidDataException>().WithMessage(
            $"The seed of the plan is 78, but {_folder / "saved"} was trained with 77: the next steps would read the data in "
            + "another order, and some of it twice. Use seed: 77, or start a new run from these weights: train PLAN "
            + $"--init-from {_folder / "saved"}");
    }

    private (TrainingPlan Plan, RunFaults Faults) Create(string objective)
    {
        var plan = TinyPlan.Create(_folder / "whole") with
        {
            Model = new ModelConfig(
                vocabSize: 2048, dModel: 16, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 24, maxSeqLen: 64, dropout: 0.1),
            Training = new BatchingPlan(Steps: 7, MicroBatchSize: 2, SequenceLength: 19, AccumulationSteps: 2),
            Evaluation = new EvaluationPlan(Every: 3, Windows: 2),
            Samples = new SamplePlan { Every = 3, Prompts = ["Depo", "Kablo"], MaxTokens = 2 },
            Checkpoints = new CheckpointPlan(Every: 2, KeepLast: 2),
            Logging = LogFormats.TensorBoard | LogFormats.Csv,
            Safety = new SafetyPlan
            {
                OnDivergence = DivergenceAction.Rollback, OnSpike = DivergenceAction.Skip, SpikeWindow = 3, SpikeZScore = 100,
            },
        };
        var faults = new RunFaults(Overflow: 4, Jump: 7, TooLarge: 2);
        var tuning = plan with
        {
            Training = plan.Training with { SequenceLength = 64 },
            Sft = new SftPlan([new("erp", Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl"))]) { TextShare = 0.2 },
        };
        return objective switch
        {
            "pretraining" => (plan, faults),
            "fine-tuning" => (tuning, faults),
            // With this learning rate every validation loss is worse than the first; the steps that are taken back end the run.
            "early stopping" => (
                tuning with
                {
                    Training = tuning.Training with { Steps = 40 },
                    Optimizer = new OptimizerPlan(1.0, 1.0, WarmupSteps: 0),
                    Evaluation = new EvaluationPlan(Every: 1, Windows: 1, Patience: 2),
                },
                faults with { Overflow = 3 }),
            "adapter" => (
                plan with
                {
                    WarmStart = new WarmStartPlan(SaveStart(plan)),
                    Lora = new LoraConfig(rank: 2, alpha: 5, dropout: 0.1, targets: [LoraTarget.Q, LoraTarget.Down]),
                },
                faults),
            _ => (
                plan with
                {
                    Model = plan.Model.With(dropout: 0, maxSeqLen: 256),
                    Training = plan.Training with { SequenceLength = 256, AccumulationSteps = 1 },
                    WarmStart = new WarmStartPlan(SaveStart(plan with { Model = plan.Model.With(maxSeqLen: 256) })),
                    Preference = new PreferencePlan(
                        [Path.Combine(ReferenceRun.Fixtures, "preference", "erp.jsonl")], new DpoPlan(0.3)),
                },
                faults),
        };
    }

    private string SaveStart(TrainingPlan plan)
    {
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        trainer.Save(_folder / "start");
        return _folder / "start";
    }

    private static bool Resume(TrainingPlan plan, RunFaults faults)
    {
        using var run = TrainingRun.Open(
            TestClearance.Create(plan), resume: true, environment: faults.CreateEnvironment(plan));
        return run.Train(cancellationToken: TestContext.Current.CancellationToken);
    }

    private static bool StopAfter(int step, TrainingPlan plan, RunFaults faults)
    {
        using var source = new CancellationTokenSource();
        using var run = TrainingRun.Open(
            TestClearance.Create(plan), resume: true, environment: faults.CreateEnvironment(plan));
        if (step > 1)
            (run.CurrentStep, run.Best).Should().Be((LatestState(plan).Step, LatestState(plan).Best), "the run shows its state");
        return run.Train(new RecordingObserver(step, source), source.Token);
    }

    private static CheckpointState LatestState(TrainingPlan plan)
    {
        var run = RunFolder.OpenExisting(plan.RunFolder);
        return Checkpoint.Open(run.CheckpointFolder(run.LatestCheckpointStep()!.Value)).State;
    }
}
