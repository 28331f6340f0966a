using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Plans;

namespace TurkishLlm.Tests.Unit.Runs;

[Trait("Suite", "Fast")]
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keeps_the_effective_plan()
    {
        var plan = Plan("training.steps=777");
        var run = RunFolder.Open(plan, resume: false);
        TrainingPlan.Load(run.PlanFile, []).Should().Be(plan);
        run.PlanChanges.Should().BeEmpty();
    }

    [Fact]
    public void Names_its_files()
    {
        var run = RunFolder.Open(Plan(), resume: false);
        run.CheckpointFolder(100).Should().Be(_folder / "runs/small/checkpoints/step-000100");
        run.CheckpointFolder(12_345_678).Should().EndWith("step-12345678");
        new[] { run.GateFile, run.MetricsFile, run.SamplesFile, run.ReportFile }.Select(Path.GetFileName)
            .Should().Equal("gate.json", "metrics.jsonl", "samples.jsonl", "report.html");
    }

    [Fact]
    public void The_latest_checkpoint_is_the_one_with_the_greatest_number()
    {
        var run = RunFolder.Open(Plan(), resume: false);
        foreach (
            var name in new[]
            {
                "step-000200", "step-999999", "step-1000000", "step-000999", "step-2000000.partial", "step-x", "step-",
            })
            Directory.CreateDirectory(Path.Combine(run.CheckpointsFolder, name));

        run.CheckpointSteps().Should().Equal(200, 999, 999_999, 1_000_000);
        run.LatestCheckpointStep().Should().Be(1_000_000);
    }

    [Fact]
    public void Without_checkpoints_there_is_no_latest() =>
        RunFolder.Open(Plan(), resume: false).LatestCheckpointStep().Should().BeNull();

    [Fact]
    public void Keeps_the_newest_checkpoints_by_number()
    {
        var run = RunFolder.Open(Plan(), resume: false);
        foreach (var step in new long[] { 900, 1_000_000, 100, 999_999 }) Directory.CreateDirectory(run.CheckpointFolder(step));
        run.DeleteOldCheckpoints(2);
        run.CheckpointSteps().Should().Equal(999_999, 1_000_000);
    }

    [Fact]
    public void Keeps_the_newest_of_those_that_count_the_newest_of_all_and_the_best()
    {
        var run = RunFolder.Open(Plan(), resume: false);
        foreach (var step in new long[] { 100, 150, 200, 250, 300, 350, 400, 433, 466 })
            Directory.CreateDirectory(run.CheckpointFolder(step));
        run.DeleteOldCheckpoints(2, isCounted: step => step % 100 == 0, bestStep: 150);
        run.CheckpointSteps().Should().Equal(150, 300, 400, 466);
    }

    [Fact]
    public void Refuses_to_overwrite_a_run_with_checkpoints()
    {
        Directory.CreateDirectory(RunFolder.Open(Plan(), resume: false).CheckpointFolder(150));
        Opening(Plan(), resume: false).Should().Throw<ConfigurationException>().WithMessage(
            $"The run folder {_folder / "runs/small"} holds a run at step 150. Resume it with --resume auto, "
                + "choose another name: or run: in the plan, or delete the folder.");
    }

    [Fact]
    public void Refuses_the_folder_of_another_plan()
    {
        RunFolder.Open(Plan(), resume: false);
        Opening(Plan("optimizer.learning_rate=0.002"), resume: false).Should().Throw<ConfigurationException>().WithMessage(
            "* belongs to another plan (optimizer.learning_rate: 0.001 → 0.002). Resume it with --resume auto, *");
    }

    [Fact]
    public void A_run_without_checkpoints_can_start_over()
    {
        RunFolder.Open(Plan(), resume: false);
        Opening(Plan(), resume: false).Should().NotThrow();
    }

    [Fact]
    public void Resuming_with_a_changed_plan_uses_the_new_one_and_reports_the_changes()
    {
        Directory.CreateDirectory(RunFolder.Open(Plan(), resume: false).CheckpointFolder(150));
        var run = RunFolder.Open(Plan("training.steps=400", "model.dropout=0.1"), resume: true);
        run.PlanChanges.Select(change => change.ToString()).Should().Equal("model.dropout: 0 → 0.1", "training.steps: 200 → 400");
        TrainingPlan.Load(run.PlanFile, []).Training.Steps.Should().Be(400);
        run.LatestCheckpointStep().Should().Be(150);
    }

    [Fact]
    public void Refuses_to_resume_another_model()
    {
        RunFolder.Open(Plan(), resume: false);
        Opening(Plan("model.n_layers=5"), resume: true).Should().Throw<ConfigurationException>().WithMessage(
            "* holds a run of another model (model.n_layers: 4 → 5), which this plan cannot resume. *");
    }

    [Fact]
    public void Clears_away_what_a_killed_run_left_half_written()
    {
        var run = RunFolder.Open(Plan(), resume: false);
        Directory.CreateDirectory(run.CheckpointFolder(100));
        Directory.CreateDirectory(run.CheckpointFolder(200) + ".partial");
        RunFolder.Open(Plan(), resume: true);
        Directory.GetDirectories(run.CheckpointsFolder).Should().Equal(run.CheckpointFolder(100));
    }

    [Fact]
    public void Says_what_to_do_where_it_cannot_write()
    {
        File.WriteAllText(_folder / "runs", "a file where a folder should be");
        Opening(Plan(), resume: false).Should().Throw<IOException>().WithMessage(
            $"The run folder {_folder / "runs/small"} cannot be written to: * Make it writable, or choose "
                + "another one with run: in the plan.");
    }

    [Fact]
    public void Says_so_where_the_file_system_is_read_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is where nobody, not even root, can make folders on Linux.");
        Opening(TestPlans.Parse(TestPlans.Small, "run=/proc/turkishllm-run"), resume: false)
            .Should()
            .Throw<IOException>()
            .WithMessage("The run folder /proc/turkishllm-run cannot be written to: *");
    }

    [Fact]
    public void Names_a_folder_that_is_not_there()
    {
        var act = () => RunFolder.OpenExisting(_folder / "nothing");
        act.Should().Throw<DirectoryNotFoundException>().WithMessage($"There is no run folder {_folder / "nothing"}.");
    }

    private TrainingPlan Plan(params string[] overrides) =>
        TrainingPlan.Parse(TestPlans.Small, "small.yaml", overrides, _folder.Path);

    private static Action Opening(TrainingPlan plan, bool resume) => () => RunFolder.Open(plan, resume);
}
