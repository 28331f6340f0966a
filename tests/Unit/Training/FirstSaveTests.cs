using FluentAssertions;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Hours of training are worth nothing when they cannot be saved: that is proved after the first step.</summary>
[Collection(nameof(Alone))]
[Trait("Suite", "Fast")]
public sealed class FirstSaveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_step_is_saved_and_goes_as_the_others_do()
    {
        var saved = new List<string>();
        var plan = TinyPlan.In(_folder / "run") with { Checkpoints = new(Every: 5, KeepLast: 2) };
        using (var run = PretrainingRun.Open(Ungated.For(plan), resume: false)) run.Continue(new Watcher { OnSaved = saved.Add });
        saved.Select(Path.GetFileName).Should().Equal("step-000001", "step-000005", "step-000010", "step-000012");
        RunFolder.Existing(plan.RunFolder).CheckpointSteps().Should().Equal(10, 12);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    public void A_disk_that_gives_back_other_bytes_ends_the_run_at_its_first_step(string name)
    {
        var plan = TinyPlan.In(_folder / "run");
        using var run = PretrainingRun.Open(Ungated.For(plan), resume: false);
        run.Invoking(r => r.Continue(new Watcher { OnSaved = folder => Damage(Path.Combine(folder, name)) })).Should().Throw<InvalidDataException>().WithMessage(
            $"Saving does not work: the checkpoint of the first step cannot be read back. *{name} is damaged: * Nothing but that step is lost; write to another disk with run: in the plan.");
        MetricsLog.Read(run.Folder.MetricsFile).Should().ContainSingle();
    }

    private static void Damage(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 3] ^= 4;
        File.WriteAllBytes(file, bytes);
    }
}
