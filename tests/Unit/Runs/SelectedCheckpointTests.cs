using FluentAssertions;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;

namespace TurkishLlm.Tests.Unit.Runs;

/// <summary>Selects the checkpoint of a run that other commands use.</summary>
public sealed class SelectedCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_best_is_the_checkpoint_with_the_lowest_validation_loss()
    {
        var run = Write([100, 200, 300], (100, 4.8), (200, 4.1), (300, 4.4));
        var best = SelectedCheckpoint.Select(run, CheckpointChoice.Best)!;
        best.Should().Be(new SelectedCheckpoint(
            run.CheckpointFolder(200), 200,
            "step 200, the checkpoint with the lowest validation loss (4.1000). "
            + "The last one: --checkpoint last (step 300, validation loss 4.4000)"));
        SelectedCheckpoint.Select(run, CheckpointChoice.Last).Should().Be(new SelectedCheckpoint(
            run.CheckpointFolder(300), 300,
            "step 300, the last checkpoint (validation loss 4.4000). The one with the lowest validation loss: "
            + "--checkpoint best (step 200, 4.1000)"));
    }

    [Fact]
    public void A_step_that_has_no_checkpoint_is_not_the_best_and_is_named()
    {
        var run = Write([100, 300], (100, 4.8), (200, 4.1), (300, 4.4));
        SelectedCheckpoint.Select(run, CheckpointChoice.Best)!.Description.Should().Be(
            "step 300, the last checkpoint and the one with the lowest validation loss (4.4000); "
            + "step 200 had 4.1000, but has no checkpoint");
    }

    [Fact]
    public void Without_a_validation_loss_the_best_is_the_last()
    {
        SelectedCheckpoint.Select(Write([40, 80]), CheckpointChoice.Best)!.Should().BeEquivalentTo(new
        {
            Step = 80, Description = "step 80, the last checkpoint; no validation loss was measured",
        });
        SelectedCheckpoint.Select(Write([40, 80], (60, 4.8)), CheckpointChoice.Best)!.Should().BeEquivalentTo(new
        {
            Step = 80, Description = "step 80, the last checkpoint; no checkpoint has a validation loss",
        });
    }

    [Fact]
    public void A_loss_that_is_not_a_number_is_not_the_best()
    {
        SelectedCheckpoint.Select(Write([40, 80], (40, 4.8), (80, double.NaN)), CheckpointChoice.Best)!.Step.Should().Be(40);
    }

    [Fact]
    public void Unreadable_metrics_leave_the_last()
    {
        var run = Write([40, 80], (40, 4.8), (80, 5.2));
        File.WriteAllText(run.MetricsFile, "{\"step\": forty}\n{}\n");
        SelectedCheckpoint.Select(run, CheckpointChoice.Best)!.Step.Should().Be(80);
    }

    [Fact]
    public void One_checkpoint_needs_no_words_and_none_is_none()
    {
        SelectedCheckpoint.Select(Write([40], (40, 4.8)), CheckpointChoice.Best)!.Description.Should().BeNull();
        SelectedCheckpoint.Select(Write([]), CheckpointChoice.Best).Should().BeNull();
    }

    [Fact]
    public void A_step_without_a_checkpoint_is_refused_with_those_there_are()
    {
        var run = Write([40, 80]);
        SelectedCheckpoint.Select(run, CheckpointChoice.TryParse("40")!)!.Folder.Should().Be(run.CheckpointFolder(40));
        FluentActions.Invoking(() => SelectedCheckpoint.Select(run, CheckpointChoice.TryParse("step-000050")!))
            .Should().Throw<InvalidDataException>()
            .WithMessage($"The run {run.FullPath} has no checkpoint of step 50. It has those of steps 40, 80.");
    }

    [Theory]
    [InlineData("best", "best")]
    [InlineData("last", "last")]
    [InlineData("step-000100", "step-000100")]
    [InlineData("step-100", "step-000100")]
    [InlineData("1234567", "step-1234567")]
    [InlineData("newest", null)]
    [InlineData("-5", null)]
    [InlineData("step-", null)]
    [InlineData("step-1e3", null)]
    [InlineData("Best", null)]
    public void Parses_the_names_of_choices(string text, string? name) =>
        CheckpointChoice.TryParse(text)?.Name.Should().Be(name);

    [Fact]
    public void A_path_may_end_in_a_choice()
    {
        var run = Write([40, 80]);
        CheckpointChoice.TrySplit(run.FullPath + "/best/")!.Value.Choice.Should().Be(CheckpointChoice.Best);
        CheckpointChoice.TrySplit(run.FullPath + "/step-40")!.Value.Choice.Step.Should().Be(40);
        CheckpointChoice.TrySplit(run.FullPath + "/checkpoints").Should().BeNull();
        CheckpointChoice.TrySplit(run.FullPath + "/other").Should().BeNull();
        CheckpointChoice.TrySplit(_folder / "no-run/best").Should().BeNull();
        Directory.CreateDirectory(run.FullPath + "/best");
        CheckpointChoice.TrySplit(run.FullPath + "/best").Should().BeNull("a folder of that name exists");
    }

    private RunFolder Write(long[] checkpoints, params (long Step, double Loss)[] validation)
    {
        if (Directory.Exists(_folder / "run")) Directory.Delete(_folder / "run", recursive: true);
        var run = RunFolderWriter.Write(_folder / "run", validation.Select(measured => new StepMetrics(
            measured.Step, 5, 1e-3, 1, measured.Step * 256, 1000, measured.Step, 1 << 20, measured.Loss)));
        foreach (var step in checkpoints) Directory.CreateDirectory(run.CheckpointFolder(step));
        return run;
    }
}
