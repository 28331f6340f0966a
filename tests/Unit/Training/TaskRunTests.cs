using FluentAssertions;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Runs that are asked questions: what they record, which checkpoint is the best, when they end.</summary>
[Collection(nameof(NonParallel))]
public sealed class TaskRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TaskRunTests() => File.WriteAllText(_folder / "gold.jsonl", """
        {"question": "Telbis nedir?", "answer": "Depo", "choices": ["Depo", "Makara"], "domain": "in"}
        {"question": "Fire nedir?", "answer": "Kayıp", "domain": "out"}
        {"question": "Ne zaman?", "answer": "Dün"}
        """);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Records_every_measurement_its_slices_and_its_worst_answers()
    {
        var plan = Plan("run") with { Logging = LogFormats.Csv | LogFormats.TensorBoard };
        TinyPlan.Trace(plan);

        var run = RunFolder.OpenExisting(plan.RunFolder);
        var asked = MetricsLog.Read(run.MetricsFile).Where(line => line.Tasks is not null).ToArray();
        asked.Select(line => line.Step).Should().Equal(4, 8, 12);
        var task = asked[^1].Tasks!["erp"];
        (task.Rows, task.Skipped).Should().Be((3, 0));
        task.Metrics.Keys.Should().Contain(["accuracy", "accuracy_norm", "exact_match", "chrf", "loss"])
            .And.NotContain("format_compliance", "a model of running text ends no turns");
        task.Slices!["domain"].Keys.Should().Equal(TaskMetrics.NoValue, "in", "out");

        AnswerLog.Read(run.AnswersFile).Select(answer => answer.Step).Distinct().Should().Equal(4, 8, 12);
        AnswerLog.Read(run.AnswersFile).Should().Contain(answer =>
            answer.Question == "Fire nedir?" && answer.Location == "gold.jsonl:2" && answer.Expected[0] == "Kayıp");
        var report = File.ReadAllText(run.ReportFile);
        report.Should().Contain("<h2>Tasks</h2>").And.Contain("erp: accuracy").And.Contain("domain=out")
            .And.Contain("Worst answers of the last measurement").And.Contain("Fire nedir?");
        var table = File.ReadAllLines(run.CsvFile);
        table[0].Should().Contain("tasks/erp/chrf").And.Contain("tasks/erp/domain=out/loss");
        table.Should().HaveCount(13).And.OnlyContain(line => line.Split(',').Length == table[0].Split(',').Length);
    }

    [Fact]
    public void Keeps_the_best_step_by_the_metric_and_not_by_the_loss()
    {
        var plan = Plan("run") with
        {
            Optimizer = new OptimizerPlan(0.12, 0.01, WarmupSteps: 11),
            Evaluation = Plan("run").Evaluation with { Every = 1, Tasks = [Task() with { Every = 1 }] },
            Checkpoints = new CheckpointPlan(Every: 0, BestBy: "erp.loss"),
        };
        TinyPlan.Trace(plan);

        var run = RunFolder.OpenExisting(plan.RunFolder);
        var steps = MetricsLog.Read(run.MetricsFile).ToArray();
        var best = steps.MinBy(line => line.Tasks!["erp"].Metrics["loss"].Value)!;
        var state = Checkpoint.Open(run.CheckpointFolder(12)).State;
        state.Best.Should().Be(new BestStep(best.Step, best.Tasks!["erp"].Metrics["loss"].Value, "erp.loss"));
        run.CheckpointSteps().Should().Contain(best.Step);
        SelectedCheckpoint.Select(run, CheckpointChoice.Best)!.Should().Match<SelectedCheckpoint>(selected =>
            selected.Step == best.Step && selected.Description!.Contains("the lowest erp.loss"));
    }

    [Fact]
    public void Measures_the_same_after_an_interruption_at_any_step()
    {
        TinyPlan.Trace(Plan("whole") with { Checkpoints = new CheckpointPlan(Every: 3, BestBy: "erp.loss") });
        var plan = Plan("run") with { Checkpoints = new CheckpointPlan(Every: 3, BestBy: "erp.loss") };
        for (var stop = 1; stop < 12; stop += 3)
        {
            using var source = new CancellationTokenSource();
            using var run = TrainingRun.Open(TestClearance.Create(plan), resume: true);
            run.Train(new RecordingObserver(stop, source), source.Token);
        }
        TinyPlan.Trace(plan, resume: true).Should().Equal(TinyPlan.Trace(_folder / "whole"));
        RunFolder whole = RunFolder.OpenExisting(_folder / "whole"), resumed = RunFolder.OpenExisting(plan.RunFolder);
        MetricsLog.Read(resumed.MetricsFile).Select(line => line.Tasks).Should().BeEquivalentTo(
            MetricsLog.Read(whole.MetricsFile).Select(line => line.Tasks), options => options.WithStrictOrdering());
        File.ReadAllText(resumed.AnswersFile).Should().Be(File.ReadAllText(whole.AnswersFile));
        Checkpoint.Open(resumed.CheckpointFolder(12)).State.Best.Should()
            .Be(Checkpoint.Open(whole.CheckpointFolder(12)).State.Best).And.NotBeNull();
    }

    [Fact]
    public void Ends_when_the_metric_no_longer_improves_also_after_an_interruption()
    {
        // The answers of an untrained model are all wrong, so that the first measurement stays the best.
        var plan = Plan("run") with
        {
            Evaluation = new EvaluationPlan(Every: 2, Windows: 2, Patience: 2) { Tasks = [Task() with { Every = 3 }] },
            Checkpoints = new CheckpointPlan(Every: 0, BestBy: "erp.exact_match"),
        };
        using (var source = new CancellationTokenSource())
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(new RecordingObserver(7, source), source.Token);
        TinyPlan.Trace(plan, resume: true);
        MetricsLog.Read(RunFolder.OpenExisting(plan.RunFolder).MetricsFile).Last().Step.Should().Be(9, "measured at 3, 6 and 9");
    }

    [Fact]
    public void Stops_at_the_first_miss_from_a_step_on_and_stays_stopped()
    {
        var plan = Plan("run") with
        {
            Evaluation = new EvaluationPlan(Every: 0, Windows: 2)
            {
                Tasks =
                [
                    Task() with { Every = 2, AtLeast = new(("exact_match", 0.9)), OnMiss = MissAction.Stop, FromStep = 5 },
                ],
            },
        };
        TinyPlan.Trace(plan);
        TinyPlan.Trace(plan, resume: true);
        var run = RunFolder.OpenExisting(plan.RunFolder);
        var steps = MetricsLog.Read(run.MetricsFile).ToArray();
        steps[^1].Step.Should().Be(6);
        EventLog.Read(run.EventsFile).Single(e => e.Kind == EventKind.QualityBound).Message.Should()
            .Be("The run stops: erp.exact_match is 0.0 % at step 6, and the plan wants at least 90.0 % (on_miss: stop).");
        QualityBounds.Judge(plan, steps).Should().ContainSingle();
    }

    [Fact]
    public void Refuses_metrics_that_the_rows_do_not_have()
    {
        var plan = Plan("run") with { Checkpoints = new CheckpointPlan(Every: 0, BestBy: "erp.field_f1") };
        FluentActions.Invoking(() => TrainingRun.Open(TestClearance.Create(plan), resume: false)).Should()
            .Throw<ConfigurationException>().WithMessage(
                "checkpoints.best_by names field_f1, but the rows of * do not have it. They have accuracy, accuracy_norm, *");
        Directory.Exists(plan.RunFolder).Should().BeFalse("a run that cannot start leaves no files");
    }

    private EvaluationTask Task() => new("erp", [_folder / "gold.jsonl"]) { Every = 4, MaxTokens = 3, Slices = ["domain"] };

    private TrainingPlan Plan(string folder) => TinyPlan.Create(_folder / folder) with
    {
        Model = TinyPlan.Create("").Model.With(maxSeqLen: 64),
        Evaluation = new EvaluationPlan(Every: 0, Windows: 2) { Tasks = [Task()] },
    };
}
