using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Checks that a run verifies its first checkpoint, so that hours of training are not lost later.</summary>
[Collection(nameof(NonParallel))]
[Trait("Suite", "Fast")]
public sealed class FirstCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_checkpoint_is_saved_and_later_removed_like_the_others()
    {
        var saved = new List<string>();
        var plan = TinyPlan.Create(_folder / "run") with { Checkpoints = new(Every: 5, KeepLast: 2) };
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(new RecordingObserver { OnSaved = saved.Add });
        saved.Select(Path.GetFileName).Should().Equal("step-000001", "step-000005", "step-000010", "step-000012");
        RunFolder.OpenExisting(plan.RunFolder).CheckpointSteps().Should().Equal(10, 12);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    public void A_disk_that_gives_back_other_bytes_ends_the_run_at_its_first_step(string name)
    {
        var plan = TinyPlan.Create(_folder / "run");
        using var run = TrainingRun.Open(TestClearance.Create(plan), resume: false);
        run.Invoking(r => r.Train(new RecordingObserver { OnSaved = folder => Damage(Path.Combine(folder, name)) }))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage(
            $"Saving failed: the checkpoint of the first step cannot be read back. *{name} is damaged: * Only "
                + "that step is lost; write to another disk with run: in the plan.");
        MetricsLog.Read(run.Folder.MetricsFile).Should().ContainSingle();
    }

    private static void Damage(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 3] ^= 4;
        File.WriteAllBytes(file, bytes);
    }
}
