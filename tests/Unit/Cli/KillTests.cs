using System.Security.Cryptography;
using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Ends processes with signals, while a checkpoint is being written and at random steps.</summary>
/// <remarks>What is not interrupted is trained in the process of the test, without the gate.</remarks>
[Collection(nameof(NonParallel))]
public sealed class KillTests : IDisposable
{
    private const int Steps = 90;
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void A_run_that_is_killed_and_stopped_again_and_again_has_the_bits_of_one_that_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        TinyPlan.Trace(Plan("whole"));
        var random = new Random(20261);
        var reached = 0;
        foreach (
            var (signal, code) in new[] { (ChildProcess.Kill, 137), (ChildProcess.Kill, 137), (ChildProcess.Terminate, 130) })
        {
            // At least nine more steps, so that there is one more checkpoint.
            var step = reached + 9 + random.Next(10);
            using var process = Train("run");
            var whileSaving = signal == ChildProcess.Kill && reached > 0;
            process
                .WaitForExit(signal, () => Lines("run").Length >= step && (!whileSaving || IsSaving("run")))
                .Should()
                .Be(code, process.Output);
            reached = Lines("run").Length;
            reached.Should().BeInRange(step, Steps - 1, "the signal must arrive during the run");
            if (code != 130) continue;

            process
                .Output.Should()
                .Contain("Saving a checkpoint; press Ctrl+C again to quit without saving.")
                .And.Contain($"Resume with: turkishllm train {_here / "run"}/plan.yaml --resume auto");
            Directory.Exists(Checkpoint("run", reached)).Should().BeTrue("the current step is saved when a run is stopped");
        }
        TinyPlan.Trace(Plan("run"), resume: true);

        Numbers("run").Should().Equal(Numbers("whole"));
        Numbers("run").Should().HaveCount(Steps);
        File.ReadAllText(_here / "run/samples.jsonl").Should().Be(File.ReadAllText(_here / "whole/samples.jsonl"));
        foreach (var name in new[] { "model.safetensors", "optimizer.safetensors" })
            Hash(Path.Combine(Checkpoint("run", Steps), name))
                .Should()
                .Be(Hash(Path.Combine(Checkpoint("whole", Steps), name)), name);
        Names("run").Should().Equal(Names("whole")).And.Contain("step-000090");
    }

    [Fact]
    public void Ctrl_C_during_the_gate_leaves_nothing_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        using var process = Train("run");
        process
            .WaitForExit(ChildProcess.CtrlCSignal, () => process.Output.Contains("== Gate", StringComparison.Ordinal))
            .Should()
            .Be(130, process.Output);
        process
            .Output.Should()
            .EndWith($"Interrupted.{Environment.NewLine}")
            .And.NotContain("== Pretraining")
            .And.NotContain("   at ");
        _here.Names().Should().BeEmpty();
    }

    private string[] Changes(string folder) => [$"run={_here / folder}", $"training.steps={Steps}"];

    private TrainingPlan Plan(string folder) => TrainingPlan.Load(_here.Plan, Changes(folder));

    private ChildProcess Train(string folder) =>
        new(["train", _here.Plan, "--resume", "auto", .. Changes(folder).SelectMany(change => new[] { "--set", change })]);

    private bool IsSaving(string folder) =>
        Directory.EnumerateDirectories(Path.Combine(_here / folder, "checkpoints"), "*.partial").Any();

    private string[] Lines(string folder) =>
        File.Exists(_here / $"{folder}/metrics.jsonl")
            ? File.ReadAllText(_here / $"{folder}/metrics.jsonl").Split('\n')[..^1]
            : [];

    private IEnumerable<string?> Names(string folder) =>
        Directory.EnumerateDirectories(_here / $"{folder}/checkpoints").Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private string Checkpoint(string folder, int step) =>
        _here / FormattableString.Invariant($"{folder}/checkpoints/step-{step:D6}");

    // All metrics except time and memory, as text.
    private IEnumerable<string> Numbers(string folder) =>
        Lines(folder)
            .Select(line =>
                string.Join(
                    ',', line.Split(',')
                        .Where(part =>
        !part.Contains("second", StringComparison.Ordinal) && !part.Contains("memory", StringComparison.Ordinal))));

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
