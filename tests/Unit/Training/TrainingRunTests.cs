using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training;

[Collection(nameof(NonParallel))]
public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void When_stopped_after_any_step_it_saves_that_step_and_resumes_with_equal_bits()
    {
        var whole = TinyPlan.Trace(TinyPlan.Create(_folder / "whole"));
        var plan = TinyPlan.Create(_folder / "run") with { Checkpoints = new CheckpointPlan(Every: 5, KeepLast: 9) };
        foreach (var stop in new[] { 1, 5, 6, 11 })
        {
            using var source = new CancellationTokenSource();
            using var run = TrainingRun.Open(TestClearance.Create(plan), resume: true);
            run.Train(new RecordingObserver(stop, source), source.Token).Should().BeFalse();
            run.Folder.LatestCheckpointStep().Should().Be(stop);
        }
        TinyPlan.Trace(plan, resume: true).Should().Equal(whole);
        RunFolder
            .OpenExisting(plan.RunFolder)
            .CheckpointSteps()
            .Should()
            .Equal([1, 5, 10, 12], "what an interruption saved stays until the next checkpoint");
    }

    [Fact]
    public void Keeps_the_newest_checkpoints_where_their_names_grow_longer()
    {
        TinyPlan.Trace(TinyPlan.Create(_folder / "old"));
        var plan = TinyPlan.Create(_folder / "run");
        TinyPlan.Trace(plan with
        {
            WarmStart = new WarmStartPlan(RunFolder.OpenExisting(_folder / "old").CheckpointFolder(12), Step: 999_997),
            Training = plan.Training with { Steps = 1_000_001 },
            Checkpoints = new CheckpointPlan(Every: 1, KeepLast: 3),
        });
        RunFolder.OpenExisting(plan.RunFolder).CheckpointSteps().Should().Equal(999_999, 1_000_000, 1_000_001);
    }

    [Fact]
    public void Every_checkpoint_has_the_digest_of_the_gate_report()
    {
        const string report = "{\"open\": true, \"requirements\": 41}";
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(report)));
        var plan = TinyPlan.Create(_folder / "run") with { Checkpoints = new CheckpointPlan(Every: 6, KeepLast: 2) };
        using (var run = TrainingRun.Open(TestClearance.Create(plan, report, digest), resume: false))
            run.Train(cancellationToken: TestContext.Current.CancellationToken);

        var folder = RunFolder.OpenExisting(plan.RunFolder);
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder.GateFile))).Should().Be(digest);
        folder
            .CheckpointSteps()
            .Select(step => Checkpoint.Open(folder.CheckpointFolder(step)).State.GateDigest)
            .Should()
            .Equal(digest, digest);
    }

    [Fact]
    public void Diverging_leaves_the_steps_before_and_a_report_of_them()
    {
        var plan = TinyPlan.Create(_folder / "run") with
        {
            Optimizer = new OptimizerPlan(1e30, 0, WarmupSteps: 0),
            Checkpoints = new CheckpointPlan(Every: 1, KeepLast: 2),
        };
        using var run = TrainingRun.Open(TestClearance.Create(plan), resume: false);
        run.Invoking(r => r.Train()).Should().Throw<DivergenceException>();
        MetricsLog.Read(run.Folder.MetricsFile).Select(line => line.Step).Should().Equal(1);
        run.Folder.CheckpointSteps().Should().Equal(1);
        File.ReadAllText(run.Folder.ReportFile).Should().Contain("step 1 of 12");
    }

    [Fact]
    public void A_run_that_cannot_begin_leaves_no_trace()
    {
        var plan = TinyPlan.Create(_folder / "run") with { WarmStart = new WarmStartPlan(_folder / "nowhere") };
        var act = () => TrainingRun.Open(TestClearance.Create(plan), resume: false);
        act.Should().Throw<DirectoryNotFoundException>();
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Fact]
    public void A_damaged_checkpoint_leaves_the_folder_as_it_was()
    {
        var plan = TinyPlan.Create(_folder / "run");
        TinyPlan.Trace(plan);
        var model = Path.Combine(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12), "model.safetensors");
        var bytes = File.ReadAllBytes(model);
        bytes[^1] ^= 0x40;
        File.WriteAllBytes(model, bytes);
        var before = File.ReadAllText(_folder / "run/plan.yaml");

        var act = () =>
            TrainingRun.Open(TestClearance.Create(plan with { Training = plan.Training with { Steps = 24 } }), resume: true);

        act.Should().Throw<InvalidDataException>().WithMessage("*model.safetensors is damaged: *");
        File.ReadAllText(_folder / "run/plan.yaml").Should().Be(before);
    }

    [Fact]
    public void Elapsed_time_continues_after_an_interruption_and_includes_lost_steps()
    {
        var plan = TinyPlan.Create(_folder / "run") with
        {
            Checkpoints = new CheckpointPlan(Every: 5, KeepLast: 2, KeepBest: false),
            Evaluation = new EvaluationPlan(Every: 4, Windows: 3),
        };
        using (var source = new CancellationTokenSource())
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(new RecordingObserver(9, source), source.Token);

        // The state after a kill after step 9: a checkpoint of step 5, and lines of four steps that are lost.
        var folder = RunFolder.OpenExisting(plan.RunFolder);
        Directory.Delete(folder.CheckpointFolder(9), recursive: true);
        var lost = MetricsLog.Read(folder.MetricsFile).Last();
        TinyPlan.Trace(plan, resume: true);

        var lines = MetricsLog.Read(folder.MetricsFile).ToArray();
        lines.Select(line => line.Step).Should().Equal(Enumerable.Range(1, 12).Select(n => (long)n));
        lines.Select(line => line.WallSeconds!.Value).Should().BeInAscendingOrder();
        lines[5].WallSeconds.Should().BeGreaterThan(lost.WallSeconds!.Value);
        lines.Should().OnlyContain(line => line.WallSeconds >= line.Seconds);
        lines.Where(line => line.ValidationBitsPerByte is not null).Select(line => line.Step).Should().Equal(4, 8, 12);
        lines
            .Where(line => line.ValidationLoss is not null)
            .Select(line => line.ValidationLoss / line.ValidationBitsPerByte)
            .Should()
            .OnlyContain(
                ratio => Math.Abs(ratio!.Value - (lines[3].ValidationLoss / lines[3].ValidationBitsPerByte)!.Value) < 1e-9,
                "the same text each time");
    }

    [Fact]
    public void Refuses_a_folder_in_which_another_process_trains()
    {
        var plan = TinyPlan.Create(_folder / "run");
        using (TrainingRun.Open(TestClearance.Create(plan), resume: false))
        {
            var act = () => TrainingRun.Open(TestClearance.Create(plan), resume: true);
            act.Should().Throw<IOException>().WithMessage(
                $"Another process is training in {plan.RunFolder}. Wait for it to end or stop it, or choose "
                    + "another folder with run: in the plan.");
        }
        TrainingRun.Open(TestClearance.Create(plan), resume: true).Dispose();
        File.Exists(Path.Combine(plan.RunFolder, ".lock")).Should().BeFalse();
    }
}
